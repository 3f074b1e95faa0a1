// SPDX-License-Identifier: MIT
#include "core/config/value.hpp"
#include "core/plugin/module.hpp"
#include "core/plugin/option_value.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace culvert::plugin {
namespace {

using Field = std::pair<std::string, std::string>;

void flatten(const config::Value& value, const std::string& name, std::vector<Field>& fields) {
  if (const auto* table = value.as<config::Table>()) {
    for (const config::Entry& entry : *table) {
      flatten(entry.value, name.empty() ? entry.key : name + "." + entry.key, fields);
    }
  } else if (const auto* list = value.as<config::List>()) {
    for (std::size_t i = 0; i < list->size(); ++i) {
      flatten((*list)[i], name + "[" + std::to_string(i) + "]", fields);
    }
  } else {
    fields.emplace_back(name, plain_text(value).value_or("a date"));
  }
}

std::optional<std::vector<Field>> fields_of(const std::string& text) {
  config::Problems unsaid;
  const auto parsed = config::parse_toml(text, {}, unsaid);
  if (!parsed) { return std::nullopt; }
  std::vector<Field> fields;
  flatten(*parsed, {}, fields);
  return fields;
}

const std::string* value_of(const std::vector<Field>& fields, const std::string& name) {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& one) { return one.first == name; });
  return found == fields.end() ? nullptr : &found->second;
}

std::string line_of_difference(const std::string& one, const std::string& other) {
  const auto first = std::mismatch(one.begin(), one.end(), other.begin(), other.end()).first;
  return "line " + std::to_string(1 + std::count(one.begin(), first, '\n'));
}

}  // namespace

std::string first_difference(const std::string& note, const std::string& descriptor) {
  const auto ours = fields_of(note), theirs = fields_of(descriptor);
  if (!ours || !theirs) { return line_of_difference(note, descriptor); }
  for (const auto& [name, value] : *ours) {
    const std::string* other = value_of(*theirs, name);
    if (other == nullptr) { return ticked(name) + ": " + ticked(value) + " and nothing"; }
    if (*other != value) { return ticked(name) + ": " + ticked(value) + " and " + ticked(*other); }
  }
  for (const auto& [name, value] : *theirs) {
    if (value_of(*ours, name) == nullptr) { return ticked(name) + ": nothing and " + ticked(value); }
  }
  return line_of_difference(note, descriptor);
}

}  // namespace culvert::plugin
