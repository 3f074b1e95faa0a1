// SPDX-License-Identifier: MIT
// The table of a plugin's options as JSON Schema, with what options say of each other.
#include "core/plugin/rules.hpp"
#include "core/plugin/schema.hpp"
#include "core/plugin/schema_patterns.hpp"

#include <algorithm>

namespace culvert::plugin {
namespace {

using Json = nlohmann::ordered_json;

/// "tls.ca" of the scope "", "qos" of the scope "subscribe[]."; empty for what is not of the scope itself.
std::string_view name_in(std::string_view name, std::string_view scope) {
  if (!name.starts_with(scope)) { return {}; }
  name.remove_prefix(scope.size());
  return name.find("[]") == std::string_view::npos ? name : std::string_view{};
}

/// Puts what is said of an option into the tables around it.
Json within(std::string_view name, const Json& said, bool is_required) {
  const std::size_t dot = name.find('.');
  const std::string part{name.substr(0, dot)};
  Json made;
  const Json inner = dot == std::string_view::npos ? said : within(name.substr(dot + 1), said, is_required);
  if (!inner.is_null()) { made["properties"][part] = inner; }
  if (is_required) { made["required"] = Json::array({part}); }
  return made;
}

/// A table that has the option.
Json has(std::string_view name) { return within(name, nullptr, true); }

/// Whether it has a value although nobody gave it one.
bool is_filled_in(const Facts& facts, const Option& option) {
  return option.default_value || is_preset(facts, option.name);
}

/// When a condition holds, as far as the file shows it: for certain, or perhaps. Nothing when it does not show it.
struct Known {
  Json surely, perhaps;
};

std::optional<Known> known(const Facts& facts, const When& when, const std::string& scope) {
  const Option* option = facts.find(when.option);
  const std::string_view name = name_in(when.option, scope);
  if (option == nullptr || name.empty() || option->list || is_preset(facts, when.option)) { return std::nullopt; }
  if (when.is_of_presence()) {
    if (option->default_value) { return std::nullopt; }
    Json given = has(name), absent;
    absent["not"] = given;
    return when.is_absent ? Known{absent, absent} : Known{given, given};
  }
  using enum OptionType;
  const bool is_plain = option->type == choice || option->type == boolean || option->type == integer;
  if (!when.pattern.empty() || !is_plain) { return std::nullopt; }
  Json values, varying;
  for (const std::string& value : when.values) {
    values["enum"].push_back(option->type == choice    ? Json(value)
                             : option->type == boolean ? Json(value == "true")
                                                       : Json(std::stoll(value)));
  }
  varying["pattern"] = variable_pattern;
  varying["type"] = "string";
  Json either;
  either["anyOf"] = Json::array({values, varying});
  const auto& fits = when.values;
  const bool by_default =
      option->default_value && std::find(fits.begin(), fits.end(), *option->default_value) != fits.end();
  return Known{within(name, values, !by_default), within(name, either, !by_default)};
}

Json implication(Json condition, Json consequence) {
  Json made;
  made["if"] = std::move(condition);
  made["then"] = std::move(consequence);
  return made;
}

void add_required(std::string_view name, Json& table) {
  const std::size_t dot = name.find('.');
  const std::string part{name.substr(0, dot)};
  Json& required = table["required"];
  if (std::find(required.begin(), required.end(), Json(part)) == required.end()) { required.push_back(part); }
  if (dot != std::string_view::npos) { add_required(name.substr(dot + 1), table["properties"][part]); }
}

void add_option(std::string_view name, const Json& value, Json& table) {
  const std::size_t dot = name.find('.');
  Json& place = table["properties"][std::string{name.substr(0, dot)}];
  if (dot == std::string_view::npos) {
    place = value;
    return;
  }
  place["type"] = "object";
  place["additionalProperties"] = false;
  add_option(name.substr(dot + 1), value, place);
}

}  // namespace

Json schema_of_conditions(const Facts& facts, const std::string& scope) {
  Json made = Json::array();
  for (const Option& option : facts.options) {
    const std::string_view name = name_in(option.name, scope);
    if (name.empty()) { continue; }
    const Option* need = facts.find(option.needs_option);
    const std::string_view needed = name_in(option.needs_option, scope);
    if (need != nullptr && !needed.empty() && !is_filled_in(facts, *need)) {
      made.push_back(implication(has(name), has(needed)));
    }
    const auto when = option.when ? known(facts, *option.when, scope) : std::nullopt;
    if (!when) { continue; }
    made.push_back(implication(has(name), when->perhaps));
    if (option.required) { made.push_back(implication(when->surely, has(name))); }
  }
  return made;
}

Json schema_of_scope(const Facts& facts, const std::string& scope) {
  Json made;
  made["type"] = "object";
  for (const Option& option : facts.options) {
    const std::string_view name = name_in(option.name, scope);
    if (name.empty()) { continue; }
    add_option(name, schema_of(facts, option), made);
    // An element of a list that is a plain value is the option that it is short for.
    if (option.required && !option.when) { add_required(name, made); }
  }
  if (Json conditions = schema_of_conditions(facts, scope); !conditions.empty()) { made["allOf"] = conditions; }
  made["additionalProperties"] = false;
  return made;
}

Json schema_of(const Facts& facts, const std::string& host_keys) {
  Json made;
  made["title"] = facts.id;
  made["description"] = sentences({facts.summary});
  const Json options = schema_of_scope(facts, {});
  made["type"] = "object";
  for (const config::Key& key : config::node_keys()) {
    made["properties"][std::string{key.name}]["$ref"] = host_keys + std::string{key.name};
  }
  if (options.contains("properties")) { made["properties"].update(options["properties"]); }
  for (const char* word : {"required", "allOf"}) {
    if (options.contains(word)) { made[word] = options[word]; }
  }
  made["additionalProperties"] = false;
  return made;
}

}  // namespace culvert::plugin
