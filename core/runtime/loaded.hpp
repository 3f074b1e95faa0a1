// SPDX-License-Identifier: MIT
/// A configuration read and checked against its plugins: what a start, a check and a reload have in common. Main
/// thread.
#pragma once

#include "core/config/problem.hpp"
#include "core/config/value.hpp"
#include "core/plugin/registry.hpp"
#include "core/runtime/check.hpp"
#include "core/util/log.hpp"

#include <string>
#include <vector>

namespace culvert {

struct LoadedFile {
  config::Problems problems;
  CheckedPipeline pipeline;  ///< to be run only when there are no errors; with its plugins
};

/// `ret_written` gets what the files hold, before variables are put in.
LoadedFile load_and_check(const std::vector<std::string>& files, config::Value* ret_written = nullptr);

/// Writes the problems into the log, a line each.
void log_problems(const config::Problems& problems, const Log& log);

}  // namespace culvert
