// SPDX-License-Identifier: MIT
/// What the tests of the configuration share.
#pragma once

#include "core/config/problem.hpp"

#include <string>

namespace culvert::config {

/// All problems, one per line.
inline std::string lines(const Problems& problems) {
  std::string text;
  for (const Problem& problem : problems.sorted()) { text += to_string(problem) + "\n"; }
  return text;
}

}  // namespace culvert::config
