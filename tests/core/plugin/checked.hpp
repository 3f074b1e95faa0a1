// SPDX-License-Identifier: MIT
/// Options checked against facts that a test writes. Any thread.
#pragma once

#include "core/plugin/options.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace culvert::test {

/// What is handed to `create`, and all problems, one per line.
struct Outcome {
  plugin::Settings settings;
  std::string problems;
  std::string value(std::string_view key) const {
    const std::string* found = settings.find(key);
    return found == nullptr ? "(none)" : *found;
  }
};

/// One per line.
inline std::string lines_of(const config::Problems& problems) {
  std::string lines;
  for (const auto& problem : problems.sorted()) { lines += (lines.empty() ? "" : "\n") + to_string(problem); }
  return lines;
}

/// What is wrong with the facts of a plugin.
inline std::string facts_problems(std::string_view source) {
  config::Problems problems;
  plugin::parse_facts(source, "demo.so", problems);
  return lines_of(problems);
}

/// One node's options against the facts of a plugin; the node stands at 9:7 of `file`.
inline Outcome check_with(std::string_view facts_source, const std::string& options,
                          const std::string& file = "edge.toml") {
  config::Problems problems;
  const auto facts = plugin::parse_facts(facts_source, "demo.so", problems);
  REQUIRE(facts.has_value());
  auto parsed = config::parse_toml(options, file, problems);
  REQUIRE(parsed.has_value());
  config::Node node;
  node.name = "cloud";
  node.place = {file, 9, 7};
  node.options = *parsed->as<config::Table>();
  Outcome outcome;
  outcome.settings = plugin::check_options(node, *facts, problems, "");
  outcome.problems = lines_of(problems);
  return outcome;
}

}  // namespace culvert::test
