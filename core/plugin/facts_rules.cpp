// SPDX-License-Identifier: MIT
#include "core/plugin/facts_reader.hpp"
#include "core/plugin/facts_when.hpp"
#include "core/plugin/option_value.hpp"
#include "core/plugin/rules.hpp"

#include <algorithm>
#include <array>

namespace culvert::plugin {
namespace {

constexpr std::size_t max_rules = 256;

struct MeasureWord {
  Measure measure;
  std::string_view word;
  bool of_option;
};
constexpr std::array<MeasureWord, 10> measures{{
    {Measure::count, "count", true},
    {Measure::levels, "levels", true},
    {Measure::bytes, "bytes", true},
    {Measure::characters, "characters", true},
    {Measure::value, "value", true},
    {Measure::scheme, "scheme", true},
    {Measure::rate, "rate", false},
    {Measure::topic_levels, "levels", false},
    {Measure::batch_bytes, "bytes", false},
    {Measure::route_qos, "qos", false},
}};

bool is_of(const Option& option, std::initializer_list<OptionType> kinds) {
  return std::find(kinds.begin(), kinds.end(), option.type) != kinds.end();
}

/// Whether the measure is one of such an option.
bool fits(Measure measure, const Option& option) {
  using enum OptionType;
  switch (measure) {
    case Measure::count:
      return option.list;
    case Measure::levels:
      return is_of(option, {topic, filter, template_text}) && option.short_for.empty();
    case Measure::bytes:
    case Measure::characters:
      return is_of(option, {string, secret, topic, filter, template_text}) && option.short_for.empty();
    case Measure::value:
      return is_of(option, {integer, number, duration, size});
    case Measure::scheme:
      return option.type == url;
    default:
      return false;
  }
}

/// All conditions of one rule, resolved.
std::vector<When> conditions(FactsReader& reader, const Facts& facts) {
  std::vector<When> all = read_when(reader, true);
  for (When& when : all) {
    const std::string why = resolve_when(facts, when);
    if (!why.empty()) { reader.problem("when", why); }
  }
  return all;
}

/// "count:subscribe", "rate"
void read_of(FactsReader& reader, const Facts& facts, Limit& limit) {
  const std::string text = reader.line("of", true);
  if (text.empty()) { return; }
  const std::size_t colon = text.find(':');
  const std::string word = text.substr(0, colon);
  if (colon != std::string::npos) { limit.option = text.substr(colon + 1); }
  const auto known = std::find_if(measures.begin(), measures.end(), [&](const MeasureWord& one) {
    return one.word == word && one.of_option == (colon != std::string::npos);
  });
  if (known == measures.end()) {
    return reader.problem("of",
                          "must be 'count:', 'levels:', 'bytes:', 'characters:', 'value:' or 'scheme:' and an "
                          "option, or 'rate', 'levels', 'bytes' or 'qos' alone, got " +
                              ticked(text));
  }
  limit.of = known->measure;
  if (!known->of_option) { return; }
  const Option* option = facts.find(limit.option);
  if (option == nullptr) {
    return reader.problem("of", "names the option " + ticked(limit.option) + ", which is not there");
  }
  if (!fits(limit.of, *option)) {
    reader.problem("of", ticked(text) + ": " + std::string{type_word(option->type)} + " options " +
                             (option->list ? "that are lists " : "") + "have no such measure");
  }
}

/// A bound in the unit of what is measured.
std::optional<double> amount(const Facts& facts, const Limit& limit, const std::string& text) {
  Option bound;
  bound.type = OptionType::integer;
  if (limit.of == Measure::value) { bound = *facts.find(limit.option); }
  if (limit.of == Measure::bytes || limit.of == Measure::batch_bytes) { bound.type = OptionType::size; }
  if (limit.of == Measure::rate) { bound.type = OptionType::number; }
  return plugin::limit(bound, text);
}

void read_bounds(FactsReader& reader, const Facts& facts, Limit& limit) {
  const auto bound = [&](std::string_view key, const std::optional<std::string>& text) -> std::optional<double> {
    if (!text) { return std::nullopt; }
    const auto found = amount(facts, limit, *text);
    if (!found) { reader.problem(key, "is no bound for that: " + ticked(*text)); }
    return found;
  };
  limit.least = bound("min", limit.min);
  limit.most = bound("max", limit.max);
  if (!limit.max_option.empty()) {
    const Option* option = facts.find(limit.max_option);
    if (limit.of != Measure::rate || option == nullptr || option->list ||
        !is_of(*option, {OptionType::integer, OptionType::number})) {
      reader.problem("max_option",
                     "must name an integer or a number that bounds a 'rate', got " + ticked(limit.max_option));
    }
  }
  const Option* option = facts.find(limit.option);
  for (const std::string& value : limit.values) {
    if (std::find(option->schemes.begin(), option->schemes.end(), value) == option->schemes.end()) {
      reader.problem("values", "names the scheme " + ticked(value) + ", which " + ticked(limit.option) + " never has");
    }
  }
}

Limit read_limit(FactsReader& reader, const Facts& facts, config::Problems& problems) {
  Limit limit;
  limit.when = conditions(reader, facts);
  read_of(reader, facts, limit);
  limit.min = reader.plain("min");
  limit.max = reader.plain("max");
  limit.max_option = reader.line("max_option", false);
  limit.values = reader.lines("values");
  limit.help = reader.line("help", true);
  limit.is_refused = reader.flag("refuse");
  reader.refuse_others();
  if (problems.has_errors()) { return limit; }
  const bool has_bound = limit.min || limit.max || !limit.max_option.empty();
  if (limit.of == Measure::scheme ? limit.values.empty() || has_bound : !limit.values.empty() || !has_bound) {
    reader.problem("of", limit.of == Measure::scheme ? "needs 'values', and nothing else, for a scheme"
                                                     : "needs 'min' or 'max'; 'values' are for a scheme");
    return limit;
  }
  if (limit.is_refused && limit.option.empty()) { reader.problem("refuse", "is for a limit of an option"); }
  read_bounds(reader, facts, limit);
  return limit;
}

Preset read_preset(FactsReader& reader, const Facts& facts) {
  Preset preset;
  preset.when = conditions(reader, facts);
  if (reader.find("when") == nullptr) { reader.problem("when", "is missing: what always holds is a default"); }
  const config::Value* set = reader.find("set");
  const auto* table = set == nullptr ? nullptr : set->as<config::Table>();
  if (table == nullptr) {
    reader.problem("set", "must be a table of options and their values");
  } else {
    for (const config::Entry& entry : *table) {
      const Option* option = facts.find(entry.key);
      const std::string subject = "'set': option " + ticked(entry.key) + " ";
      if (option == nullptr || option->name.find("[].") != std::string::npos || !option->short_for.empty() ||
          option->required) {
        reader.problem_at(entry.place, subject + "is none that can be preset");
        continue;
      }
      const Checked checked = check_value(*option, entry.value);
      if (!checked.is_good()) { reader.problem_at(entry.value.place, subject + checked.why); }
      preset.set.emplace_back(entry.key, plain_text(entry.value).value_or(""));
    }
  }
  reader.refuse_others();
  return preset;
}

Combination read_combination(FactsReader& reader, const Facts& facts, bool is_refused) {
  Combination combination;
  combination.is_refused = is_refused;
  combination.when = conditions(reader, facts);
  if (reader.find("when") == nullptr) { reader.problem("when", "is missing: what always holds is no combination"); }
  combination.text = reader.line("text", true);
  reader.refuse_others();
  return combination;
}

/// What a preset sets must not decide whether one holds: their order would matter.
void check_presets(FactsReader& reader, const Facts& facts) {
  for (const Preset& preset : facts.presets) {
    for (const When& when : preset.when) {
      if (is_preset(facts, when.option)) {
        reader.problem("preset", "depends on the option " + ticked(when.option) + ", which one sets");
      }
      if (when.option.find("[].") != std::string::npos) {
        reader.problem("preset", "depends on the option " + ticked(when.option) + ", which is of a list");
      }
    }
  }
}

/// Calls `read` for each table of the list `key`.
template <class Read>
void each(FactsReader& reader, std::string_view key, config::Problems& problems, Read read) {
  const config::Value* value = reader.find(key);
  if (value == nullptr) { return; }
  const auto* list = value->as<config::List>();
  if (list == nullptr || list->size() > max_rules) {
    return reader.problem(key, "must be at most 256 tables: write [[" + std::string{key} + "]]");
  }
  for (const config::Value& element : *list) {
    const auto* table = element.as<config::Table>();
    if (table == nullptr) {
      reader.problem_at(element.place, ticked(key) + " must be tables, got " + shown(element));
      continue;
    }
    config::Problems own;
    FactsReader inner{*table, "facts: " + std::string{key}, element.place, own};
    read(inner, own);
    for (const config::Problem& problem : own.sorted()) { problems.error(problem.place, problem.text); }
  }
}

}  // namespace

void read_rules(FactsReader& reader, Facts& facts, config::Problems& problems) {
  each(reader, "preset", problems,
       [&](FactsReader& inner, config::Problems&) { facts.presets.push_back(read_preset(inner, facts)); });
  each(reader, "limit", problems,
       [&](FactsReader& inner, config::Problems& own) { facts.limits.push_back(read_limit(inner, facts, own)); });
  for (const std::string_view key : {"warn", "refuse"}) {
    each(reader, key, problems, [&](FactsReader& inner, config::Problems&) {
      facts.combinations.push_back(read_combination(inner, facts, key == "refuse"));
    });
  }
  check_presets(reader, facts);
}

}  // namespace culvert::plugin
