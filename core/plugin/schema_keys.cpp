// SPDX-License-Identifier: MIT
// The host's own keys as JSON Schema.
#include "core/config/value.hpp"
#include "core/plugin/schema.hpp"
#include "core/plugin/schema_patterns.hpp"

#include <charconv>

namespace culvert::plugin {
namespace {

using config::Key;
using config::KeyType;
using Json = nlohmann::ordered_json;

int64_t number(std::string_view text) {
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string pattern_of(const Key& key) {
  switch (key.type) {
    case KeyType::choice:
      return any_of({key.words.begin(), key.words.end()});
    case KeyType::duration:
      return duration_pattern();
    case KeyType::encoding:
      return encoding_pattern();
    case KeyType::filter:
      return filter_pattern();
    case KeyType::name:
      return name_pattern();
    case KeyType::size:
      return size_pattern();
    case KeyType::topic:
      return template_pattern({}, {}, true);
    default:
      return {};
  }
}

Json type_of(const Key& key) {
  if (key.type == KeyType::boolean && !key.below.empty()) { return Json::array({"boolean", "object"}); }
  switch (key.type) {
    case KeyType::boolean:
      return "boolean";
    case KeyType::integer:
      return "integer";
    case KeyType::table:
      return "object";
    default:
      return "string";
  }
}

/// As JSON has it.
Json typed(const Key& key, std::string_view text) {
  if (key.type == KeyType::boolean) { return text == "true"; }
  if (key.type == KeyType::integer) { return number(text); }
  return text;
}

std::string range_of(const Key& key) {
  if (key.type != KeyType::duration && key.type != KeyType::size) { return {}; }
  return "from " + std::string{key.range.min} + " to " + std::string{key.range.max};
}

Json schema_of_key(const Key& key) {
  Json made;
  const std::string with = key.with.empty() ? "" : "only with " + std::string{key.with} + " = true";
  const std::string otherwise = key.in_words.empty() ? "" : "without it: " + std::string{key.in_words};
  made["description"] = sentences({std::string{key.help}, range_of(key), with, otherwise});
  if (!key.otherwise.empty()) { made["default"] = typed(key, key.otherwise); }
  made["type"] = type_of(key);
  if (key.type == KeyType::integer) {
    made["minimum"] = number(key.range.min);
    made["maximum"] = number(key.range.max);
  }
  if (made["type"] == "string") { made["minLength"] = 1; }
  if (const std::string pattern = pattern_of(key); !pattern.empty()) { made["pattern"] = whole(pattern); }
  if (!key.words.empty()) { propose(made, Json(std::vector<std::string>{key.words.begin(), key.words.end()})); }
  if (!key.below.empty()) {
    const Json below = schema_of_keys(key.below);
    for (const char* word : {"properties", "required", "additionalProperties", "allOf"}) {
      if (below.contains(word)) { made[word] = below[word]; }
    }
  }
  return key.list ? schema_of_list(std::move(made), true) : made;
}

}  // namespace

Json schema_of_keys(config::Keys keys) {
  Json made;
  made["type"] = "object";
  Json required = Json::array(), conditions = Json::array();
  for (const Key& key : keys) {
    const std::string name{key.name}, with{key.with};
    made["properties"][name] = schema_of_key(key);
    if (key.required) { required.push_back(name); }
    if (!with.empty()) {
      Json condition;
      condition["if"]["required"] = Json::array({name});
      condition["then"]["properties"][with]["const"] = true;
      condition["then"]["required"] = Json::array({with});
      conditions.push_back(condition);
    }
  }
  if (!required.empty()) { made["required"] = required; }
  if (!conditions.empty()) { made["allOf"] = conditions; }
  made["additionalProperties"] = false;
  return made;
}

}  // namespace culvert::plugin
