// SPDX-License-Identifier: MIT
#include "core/plugin/rules.hpp"

#include "core/plugin/conditions.hpp"
#include "core/plugin/facts_when.hpp"
#include "core/plugin/option_value.hpp"
#include "core/util/words.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>
#include <string>

namespace culvert::plugin {
namespace {

/// How many levels a topic or filter has; the group of "$share/group/filter" is none.
std::size_t levels(std::string_view text) {
  const auto count = static_cast<std::size_t>(1 + std::count(text.begin(), text.end(), '/'));
  return text.starts_with("$share/") && count > 2 ? count - 2 : count;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// What was measured of one value, as a number and in words: "has 12 levels", "is 2s".
struct Measured {
  double amount;
  std::string words;
};

Measured measured(const Limit& limit, const Option& option, const std::string& value) {
  const auto has = [](std::size_t count, std::string_view unit) {
    return Measured{static_cast<double>(count), "has " + counted(count, unit)};
  };
  if (limit.of == Measure::levels) { return has(levels(value), "level"); }
  if (limit.of == Measure::bytes) { return has(value.size(), "byte"); }
  if (limit.of == Measure::characters) { return has(characters(value), "character"); }
  return {std::stod(value), "is " + value_text(option, value)};
}

/// One limit of an option against one node's settings.
class LimitCheck {
 public:
  LimitCheck(const Facts& facts, const Limit& limit, const Settings& settings, const Places& places,
             const config::Node& node, config::Problems& problems)
      : limit_{limit},
        option_{*facts.find(limit.option)},
        settings_{settings},
        places_{places},
        node_{node},
        problems_{problems} {}

  void run() {
    if (limit_.of == Measure::count) { return check_count(); }
    for (const std::string& key : settings_.keys(option_.list ? option_.name + "[]" : option_.name)) {
      const std::string& value = *settings_.find(key);
      if (limit_.of == Measure::scheme) {
        check_scheme(key, value.substr(0, value.find(':')));
      } else {
        check_amount(key, measured(limit_, option_, value));
      }
    }
  }

 private:
  void check_count() {
    const std::string element = option_.name + (option_.short_for.empty() ? "[]" : "[]." + option_.short_for);
    const std::size_t count = settings_.keys(element).size();
    check_amount(option_.name, {static_cast<double>(count), "has " + counted(count, "value")});
  }

  void check_scheme(const std::string& key, const std::string& scheme) {
    const std::vector<std::string>& allowed = limit_.values;
    if (std::find(allowed.begin(), allowed.end(), scheme) != allowed.end()) { return; }
    say(key, "has the scheme " + ticked(scheme));
  }

  void check_amount(const std::string& key, const Measured& found) {
    const auto most = most_of(limit_, settings_);
    if ((limit_.least && found.amount < *limit_.least) || (most && found.amount > *most)) { say(key, found.words); }
  }

  void say(const std::string& key, const std::string& words) {
    const auto given = places_.find(key);
    const bool is_given = settings_.is_given(key) || limit_.of == Measure::count;
    const config::Place place = is_given && given != places_.end() ? given->second : place_of(limit_.when, node_);
    const std::string text = "node '" + node_.name + "': option '" + key + "' " + words + allowance(limit_, settings_);
    limit_.is_refused ? problems_.error(place, text) : problems_.warning(place, text);
  }

  const Limit& limit_;
  const Option& option_;
  const Settings& settings_;
  const Places& places_;
  const config::Node& node_;
  config::Problems& problems_;
};

/// The value of an option in the tables of a node: "tls.ca" is `ca` in `tls`.
const config::Value* find_given(const config::Table& table, std::string_view name) {
  for (const config::Entry& entry : table) {
    if (entry.key == name) { return &entry.value; }
    const auto* inner = entry.value.as<config::Table>();
    if (inner == nullptr || !name.starts_with(entry.key + ".")) { continue; }
    if (const config::Value* found = find_given(*inner, name.substr(entry.key.size() + 1))) { return found; }
  }
  return nullptr;
}

/// "plan = 'free'": what holds, where a condition names several values.
std::string what_holds(std::vector<When> all, const Settings& settings) {
  for (When& when : all) {
    const std::string* value = settings.find(when.option);
    for (std::size_t i = 0; value != nullptr && i < when.canonical.size(); ++i) {
      if (when.canonical[i] != *value) { continue; }
      when.values = {std::string{when.values[i]}};
      break;
    }
  }
  return when_text(all);
}

/// At the first value of a fit that was given, else where its conditions are.
config::Place place_of(const Fit& fit, const std::vector<When>& when, const Settings& settings, const Places& places,
                       const config::Node& node) {
  for (const std::string& key : fit) {
    const auto place = places.find(key);
    if (settings.is_given(key) && place != places.end()) { return place->second; }
  }
  return place_of(when, node);
}

}  // namespace

bool is_preset(const Facts& facts, std::string_view option) noexcept {
  return std::any_of(facts.presets.begin(), facts.presets.end(), [&](const Preset& preset) {
    return std::any_of(preset.set.begin(), preset.set.end(), [&](const auto& one) { return one.first == option; });
  });
}

const std::string* preset_of(const Facts& facts, std::string_view option, const Settings& settings) {
  for (const Preset& preset : facts.presets) {
    const auto set =
        std::find_if(preset.set.begin(), preset.set.end(), [&](const auto& one) { return one.first == option; });
    if (set != preset.set.end() && holds(preset.when, settings)) { return &set->second; }
  }
  return nullptr;
}

void check_rules(const Facts& facts, const Settings& settings, const Places& places, const config::Node& node,
                 config::Problems& problems) {
  for (const Limit& limit : facts.limits) {
    if (limit.option.empty() || !holds(limit.when, settings)) { continue; }
    LimitCheck{facts, limit, settings, places, node, problems}.run();
  }
  for (const Combination& combination : facts.combinations) {
    const std::string text = "node '" + node.name + "': " + combination.text;
    std::set<std::string> said_at;
    // Every mistake is said, and one warning is enough.
    for (const Fit& fit : fits(combination.when, settings)) {
      const config::Place place = place_of(fit, combination.when, settings, places, node);
      if (!said_at.insert(config::to_string(place)).second) { continue; }
      combination.is_refused ? problems.error(place, text) : problems.warning(place, text);
      if (!combination.is_refused) { break; }
    }
  }
}

std::optional<double> most_of(const Limit& limit, const Settings& settings) {
  if (limit.max_option.empty()) { return limit.most; }
  const std::string* value = settings.find(limit.max_option);
  return value == nullptr ? std::nullopt : std::optional{std::stod(*value)};
}

std::string allowance(const Limit& limit, const Settings& settings) {
  std::string text = ", " + (limit.when.empty() ? "the plugin" : what_holds(limit.when, settings)) + " allows ";
  if (!limit.max_option.empty()) {
    const std::string& value = *settings.find(limit.max_option);
    text = ", " + limit.max_option + " = " + value + " allows at most " + value;
  } else if (limit.of == Measure::scheme) {
    std::vector<std::string> schemes;
    for (const std::string& scheme : limit.values) { schemes.push_back(ticked(scheme)); }
    text += "only " + one_of(schemes);
  } else if (limit.min && limit.max) {
    text += *limit.min + " to " + *limit.max;
  } else {
    text += limit.min ? "at least " + *limit.min : "at most " + *limit.max;
  }
  return text + ": " + limit.help;
}

config::Place place_of(const std::vector<When>& when, const config::Node& node) {
  for (const When& one : when) {
    // Of "subscribe[].qos" the list as a whole is where it is said.
    const config::Value* given =
        find_given(node.options, std::string_view{one.option}.substr(0, one.option.find("[]")));
    if (given != nullptr) { return given->place; }
  }
  return node.place;
}

std::string number_for_people(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f", number);
  std::string shown{text.data()};
  shown.erase(shown.find_last_not_of('0') + 1);
  if (shown.ends_with('.')) { shown.pop_back(); }
  return shown;
}

}  // namespace culvert::plugin
