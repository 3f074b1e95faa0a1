// SPDX-License-Identifier: MIT
/// The conditions of facts: "kind=file", "subscribe[].qos=1|2", "url~^mqtts:", "!username". Any thread.
#pragma once

#include "core/plugin/facts.hpp"
#include "core/plugin/facts_reader.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace culvert::plugin {

/// Nothing when it has not the form OPTION=VALUE|VALUE, OPTION~PATTERN, OPTION!~PATTERN, OPTION or !OPTION.
std::optional<When> parse_when(std::string_view text);

/// The key `when`: one condition, or with `many` also a list of them. What is wrong with their form is said.
std::vector<When> read_when(FactsReader& reader, bool many);

/// Fills in the canonical values. Answers what is wrong, or empty: "names the option 'kimd', which is not there". What
/// can never be met is a slip.
std::string resolve_when(const Facts& facts, When& when);

/// "profile = 'aws-iot'", "format = 'text' or 'pretty'", "clean_start = true", "a username", "no username"
std::string when_text(const When& when);
/// The same of several, joined by "and".
std::string when_text(const std::vector<When>& all);

}  // namespace culvert::plugin
