// SPDX-License-Identifier: MIT
/// Where a command line that is being written stands: of which command, and what is to come. Pure functions, any
/// thread.
#pragma once

#include "core/app/command_table.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace culvert {

struct LinePosition {
  const Command* command = nullptr;  ///< null while its name is not complete, or is none
  const Argument* wanted = nullptr;  ///< whose value the last word is; null when it is an option, or one too many
  std::map<std::string_view, std::vector<std::string>> given;  ///< values by the ids of their arguments
};

/// `words` are those behind `culvert`; the last one may be a part of one, and may be empty.
LinePosition line_position(const std::vector<std::string>& words);

}  // namespace culvert
