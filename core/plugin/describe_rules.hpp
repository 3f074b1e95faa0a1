// SPDX-License-Identifier: MIT
/// The rules of facts in the text of `culvert inspect`. Any thread.
#pragma once

#include "core/plugin/facts.hpp"

#include <string>

namespace culvert::plugin {

/// A line for each preset of an option.
std::string describe_presets(const Facts& facts, const std::string& option);

/// Limits and warnings, each under what they depend on; empty when there are none.
std::string describe_rules(const Facts& facts);

}  // namespace culvert::plugin
