// SPDX-License-Identifier: MIT
/// The commands of `culvert`, one file each. They answer the exit code; data goes to stdout, all else to stderr.
#pragma once

#include "core/runtime/runtime.hpp"
#include "core/util/log.hpp"

#include <string>
#include <vector>

namespace culvert {

struct RunCommand {
  std::vector<std::string> files;  ///< one, or the default ones
  RunOptions options;
  LogFormat log_format = LogFormat::text;
};

int run_command(const RunCommand& command);
/// Each file alone; without any the default ones together.
int check_command(const std::vector<std::string>& files);
/// `plugin`: an id, or the path of a shared object; empty for all. `folders`: where to look, empty for the usual place.
int inspect_command(const std::string& plugin, const std::vector<std::string>& folders);

}  // namespace culvert
