// SPDX-License-Identifier: MIT
/// Pipelines that a test writes, checked against real plugins. Main thread.
#pragma once

#include "core/runtime/check.hpp"

#include <doctest/doctest.h>

#include <string>

namespace culvert::test {

/// Real plugins: those of the build, and the fixtures of the tests with the broken ones among them.
inline const plugin::Registry& plugins() {
  static const plugin::Registry registry{{CULVERT_TEST_FIXTURES, CULVERT_TEST_PLUGINS}};
  return registry;
}

inline std::string lines(const config::Problems& problems) {
  std::string text;
  for (const auto& problem : problems.sorted()) { text += config::to_string(problem) + "\n"; }
  return text;
}

inline std::string errors(const std::string& text) {
  config::Problems problems;
  check_pipeline(config::load_text(text, "edge.toml", problems), plugins(), problems);
  std::string errors;
  for (const auto& problem : problems.sorted()) {
    if (problem.severity == config::Severity::error) { errors += config::to_string(problem) + "\n"; }
  }
  return errors;
}

inline std::string warnings(const std::string& text) {
  config::Problems problems;
  check_pipeline(config::load_text(text, "edge.toml", problems), plugins(), problems);
  REQUIRE_FALSE(problems.has_errors());
  return test::lines(problems);
}

inline std::string route(const std::string& from, const std::string& to, const std::string& more = "") {
  return "[[route]]\nfrom = '" + from + "'\nto = '" + to + "'\n" + more;
}

}  // namespace culvert::test
