// SPDX-License-Identifier: MIT
/// What makes a shell complete the command line of `culvert`, made of the table of commands. What is known only on the
/// spot - names of nodes, routes, runtimes and plugins - a script has from `culvert complete`. Pure functions, any
/// thread.
#pragma once

#include "core/app/command_table.hpp"

#include <string>
#include <string_view>

namespace culvert {

std::string bash_completion();
std::string fish_completion();
std::string zsh_completion();

/// Whether what fits as its value are names that `culvert complete` knows.
bool is_completed_by_name(const Argument& argument);

/// The words of a choice, with a blank between them.
std::string joined(Words words);

/// `text` with `mark` replaced by `by`, once.
std::string filled(std::string_view text, std::string_view mark, std::string_view by);

}  // namespace culvert
