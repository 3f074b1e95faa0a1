// SPDX-License-Identifier: MIT
#include "core/plugin/describe_rules.hpp"

#include "core/plugin/facts_when.hpp"
#include "core/plugin/option_value.hpp"

#include <algorithm>

namespace culvert::plugin {
namespace {

/// "subscribe: at most 10 values", "messages brought: at most 10 a second"
std::string bounded(const Limit& limit) {
  const auto bounds = [&](const std::string& unit) {
    if (!limit.max_option.empty()) { return "at most " + limit.max_option + unit; }
    if (limit.min && limit.max) { return *limit.min + " to " + *limit.max + unit; }
    return (limit.min ? "at least " + *limit.min : "at most " + *limit.max) + unit;
  };
  switch (limit.of) {
    case Measure::count:
      return limit.option + ": " + bounds(" values");
    case Measure::levels:
      return limit.option + ": " + bounds(" levels");
    case Measure::characters:
      return limit.option + ": " + bounds(" characters");
    case Measure::bytes:
    case Measure::value:
      return limit.option + ": " + bounds("");
    case Measure::scheme:
      return limit.option + ": only " + one_of(limit.values);
    case Measure::rate:
      return "what routes bring: " + bounds(" messages/s");
    case Measure::topic_levels:
      return "topics of what routes bring: " + bounds(" levels");
    case Measure::batch_bytes:
      return "batches that routes bring: " + bounds("");
    case Measure::route_qos:
      return "'qos' of routes: " + bounds("");
  }
  return {};
}

}  // namespace

std::string describe_presets(const Facts& facts, const std::string& option) {
  std::string text;
  for (const Preset& preset : facts.presets) {
    for (const auto& [name, value] : preset.set) {
      if (name != option) { continue; }
      const config::Value shown_value = plain_value(*facts.find(option), value, {});
      const std::string quote = shown_value.as<std::string>() != nullptr ? "\"" : "";
      text += "      preset    " + quote + value + quote + " with " + when_text(preset.when) + "\n";
    }
  }
  return text;
}

std::string describe_rules(const Facts& facts) {
  std::string text;
  std::vector<std::string> conditions;
  for (const Limit& limit : facts.limits) {
    std::string condition = limit.when.empty() ? "always" : "with " + when_text(limit.when);
    if (std::find(conditions.begin(), conditions.end(), condition) == conditions.end()) {
      conditions.push_back(std::move(condition));
    }
  }
  for (const std::string& condition : conditions) {
    text += "\nLimits that check warns of, " + condition + ":\n";
    for (const Limit& limit : facts.limits) {
      if (condition != (limit.when.empty() ? "always" : "with " + when_text(limit.when))) { continue; }
      text += "\n  " + bounded(limit) + (limit.is_refused ? ", or check refuses" : "") + "\n      " + limit.help + "\n";
    }
  }
  for (const bool is_refused : {false, true}) {
    std::string all;
    for (const Combination& combination : facts.combinations) {
      if (combination.is_refused != is_refused) { continue; }
      all += "\n  " + when_text(combination.when) + "\n      " + combination.text + "\n";
    }
    if (all.empty()) { continue; }
    text += (is_refused ? "\nCombinations that check refuses:\n" : "\nCombinations that check warns of:\n") + all;
  }
  return text;
}

}  // namespace culvert::plugin
