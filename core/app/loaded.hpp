// SPDX-License-Identifier: MIT
/// A configuration read and checked against its plugins: what `run` and `check` have in common. Main thread.
#pragma once

#include "core/config/problem.hpp"
#include "core/config/value.hpp"
#include "core/plugin/registry.hpp"
#include "core/runtime/check.hpp"

#include <memory>
#include <string>
#include <vector>

namespace culvert {

struct LoadedFile {
  config::Problems problems;
  std::unique_ptr<plugin::Registry> registry;
  CheckedPipeline pipeline;  ///< to be run only when there are no errors
};

/// `ret_written` gets what the files hold, before variables are put in.
LoadedFile load_and_check(const std::vector<std::string>& files, config::Value* ret_written = nullptr);

/// Writes the problems to stderr, one a line.
void print_problems(const config::Problems& problems);

}  // namespace culvert
