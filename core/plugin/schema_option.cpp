// SPDX-License-Identifier: MIT
// The value of one option as JSON Schema.
#include "core/plugin/facts_when.hpp"
#include "core/plugin/option_value.hpp"
#include "core/plugin/options.hpp"
#include "core/plugin/schema.hpp"
#include "core/plugin/schema_patterns.hpp"

#include <algorithm>

namespace culvert::plugin {
namespace {

using Json = nlohmann::ordered_json;

/// As JSON has a value that the facts write.
Json typed(const Option& option, const std::string& text) {
  const config::Value value = plain_value(option, text, {});
  if (const auto* flag = value.as<bool>()) { return *flag; }
  if (const auto* integer = value.as<int64_t>()) { return *integer; }
  if (const auto* real = value.as<double>()) { return *real; }
  return text;
}

std::string range_of(const Option& option) {
  std::string text;
  if (option.min && option.max) {
    text = "from " + *option.min + " to " + *option.max;
  } else if (option.min || option.max) {
    text = option.min ? "at least " + *option.min : "at most " + *option.max;
  }
  const bool is_text = option.type == OptionType::string || option.type == OptionType::secret;
  if (is_text && !text.empty()) { return text + " bytes"; }
  if (option.unit.empty()) { return text; }
  return (text.empty() ? "in" : text) + " " + option.unit;
}

std::string presets_of(const Facts& facts, const Option& option) {
  std::string text;
  for (const Preset& preset : facts.presets) {
    for (const auto& [name, value] : preset.set) {
      if (name != option.name) { continue; }
      text += (text.empty() ? "" : "; ") + value + " by default with " + when_text(preset.when);
    }
  }
  return text;
}

std::string description_of(const Facts& facts, const Option& option) {
  const std::string when = option.when ? when_text(*option.when) : "";
  const std::string need = option.needs_option.empty() ? "" : "together with " + option.needs_option;
  return sentences({option.help, option.wish, range_of(option), need, when.empty() ? "" : "only with " + when,
                    option.not_above.empty() ? "" : "not above " + option.not_above, presets_of(facts, option)});
}

std::string pattern_of(const Option& option) {
  switch (option.type) {
    case OptionType::choice:
      return any_of(option.values);
    case OptionType::duration:
      return duration_pattern();
    case OptionType::size:
      return size_pattern();
    case OptionType::topic:
      return topic_pattern();
    case OptionType::filter:
      return filter_pattern();
    case OptionType::template_text:
      return template_pattern(option.names, option.only, option.content == "topic");
    case OptionType::url:
      return url_pattern(option.schemes);
    default:
      return option.pattern.empty() ? "" : ecma_pattern(option.pattern).value_or("");
  }
}

/// Bounds of a text count bytes, and those of JSON Schema characters, of which there are fewer.
void bound_text(const Option& option, Json& made) {
  const auto low = option.min ? limit(option, *option.min) : std::nullopt;
  const auto high = option.max ? limit(option, *option.max) : std::nullopt;
  if (low && *low > 0) { made["minLength"] = 1; }
  if (!high) { return; }
  Json short_one, varying;
  short_one["maxLength"] = static_cast<int64_t>(*high);
  varying["pattern"] = variable_pattern;
  made["anyOf"] = Json::array({short_one, varying});
}

/// A text, or where it is: { env = }, { file = } or { credential = }.
void add_places_of_secret(Json& made) {
  made["type"] = Json::array({"string", "object"});
  for (const char* key : {"env", "file", "credential"}) {
    made["properties"][key]["type"] = "string";
    made["properties"][key]["minLength"] = 1;
  }
  made["minProperties"] = 1;
  made["maxProperties"] = 1;
  made["additionalProperties"] = false;
}

void add_text(const Option& option, Json& made) {
  using enum OptionType;
  made["type"] = "string";
  const bool is_never_empty =
      option.type != string && option.type != secret && option.type != template_text && option.type != choice;
  if (is_never_empty) { made["minLength"] = 1; }
  if (const std::string pattern = pattern_of(option); !pattern.empty()) { made["pattern"] = whole(pattern); }
  if (option.type == choice) { propose(made, Json(option.values)); }
  if (option.type == string || option.type == secret) { bound_text(option, made); }
  if (option.type == secret) { add_places_of_secret(made); }
}

void add_number(const Option& option, Json& made) {
  made["type"] = option.type == OptionType::integer ? "integer" : "number";
  if (option.min) { made["minimum"] = typed(option, *option.min); }
  if (option.max) { made["maximum"] = typed(option, *option.max); }
}

/// The table that a plain value is short for.
void add_table(const Facts& facts, const Option& option, Json& made) {
  const std::string scope = option.name + "[].";
  made["type"] = Json::array({made["type"], "object"});
  const Json table = schema_of_scope(facts, scope);
  for (const auto& [word, value] : table.items()) {
    if (word != "type") { made[word] = value; }
  }
}

}  // namespace

Json schema_of(const Facts& facts, const Option& option) {
  Json made;
  made["description"] = description_of(facts, option);
  if (option.default_value) { made["default"] = typed(option, *option.default_value); }
  const bool is_plain = !option.example.starts_with('[') && !option.example.starts_with('{');
  if (!option.example.empty() && is_plain) { made["examples"] = Json::array({typed(option, option.example)}); }
  switch (option.type) {
    case OptionType::boolean:
      made["type"] = "boolean";
      break;
    case OptionType::integer:
    case OptionType::number:
      add_number(option, made);
      break;
    default:
      add_text(option, made);
  }
  if (!option.short_for.empty()) { add_table(facts, option, made); }
  if (!option.list) { return made; }
  made = schema_of_list(std::move(made), option.distinct);
  made["maxItems"] = max_elements;
  return made;
}

}  // namespace culvert::plugin
