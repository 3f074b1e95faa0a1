// SPDX-License-Identifier: MIT
/// The rules of a plugin's facts - presets, limits, warnings - applied to one node's options. Any thread.
#pragma once

#include "core/plugin/certificates.hpp"
#include "core/plugin/conditions.hpp"
#include "core/plugin/facts.hpp"
#include "core/plugin/options.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::plugin {

/// Whether any preset sets the option.
bool is_preset(const Facts& facts, std::string_view option) noexcept;
/// The value that a preset gives an option, as the facts write it, or null. Of several presets that hold the first
/// counts.
const std::string* preset_of(const Facts& facts, std::string_view option, const Settings& settings);

/// Says what the rules have against the node's own options: limits of them that are exceeded, combinations. `places`
/// are those of the settings.
void check_rules(const Facts& facts, const Settings& settings, const Places& places, const config::Node& node,
                 config::Problems& problems);

/// The most that a limit allows with these settings; nothing when it has no upper bound.
std::optional<double> most_of(const Limit& limit, const Settings& settings);

/// ", profile = 'aws-iot' allows at most 10: help", to follow what was measured.
std::string allowance(const Limit& limit, const Settings& settings);

/// Where a rule is said that no option of its own breaks: at the first option of its conditions that is given, else at
/// the node.
config::Place place_of(const std::vector<When>& when, const config::Node& node);

/// At most two decimals.
std::string number_for_people(double number);

}  // namespace culvert::plugin
