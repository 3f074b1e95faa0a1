// SPDX-License-Identifier: MIT
/// The problems of a configuration for people at a terminal. Main thread.
#pragma once

#include "core/runtime/loaded.hpp"

#include <cstdio>

namespace culvert {

/// Writes the problems to stderr, one a line.
inline void print_problems(const config::Problems& problems) {
  for (const config::Problem& problem : problems.sorted()) {
    std::fprintf(stderr, "%s\n", config::to_string(problem).c_str());
  }
}

}  // namespace culvert
