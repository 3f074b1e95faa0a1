// SPDX-License-Identifier: MIT
/// Where a key that TOML refuses as defined twice was defined first. Included by toml.cpp alone: it knows the parser.
#pragma once

#include "core/config/problem.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <toml++/toml.h>

namespace culvert::config {

struct Redefinition {
  Place place;
  std::string text;  ///< "'node.cloud' is defined twice, first at edge.toml:3:7"
};

/// `at` is where the parser stopped. Parses parts of the text again: call it once, on the main thread.
Redefinition find_redefinition(std::string_view text, toml::source_position at, const std::string& file);

}  // namespace culvert::config
