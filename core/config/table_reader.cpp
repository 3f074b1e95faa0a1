// SPDX-License-Identifier: MIT
#include "core/config/table_reader.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <stdexcept>

namespace culvert::config {
namespace {

std::string got(const Value& value) { return ", got " + std::string{type_name(value)}; }

/// "'error', 'warn' or 'info'"
std::string alternatives(std::span<const std::string_view> words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) { text += i + 1 == words.size() ? " or " : ", "; }
    text += quoted(words[i]);
  }
  return text;
}

int64_t number(std::string_view text) {
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

const Key& TableReader::key_of(std::string_view name) const {
  const Key* key = find_key(keys_, name);
  // Schema and explanation would know nothing of it.
  if (key == nullptr) { throw std::logic_error{"the key " + quoted(name) + " is in no list of keys"}; }
  return *key;
}

bool TableReader::has(std::string_view key) const noexcept {
  return std::any_of(table_.begin(), table_.end(), [&](const Entry& entry) { return entry.key == key; });
}

const Value* TableReader::take(std::string_view key) const {
  const std::string_view name = key_of(key).name;
  const auto found = std::find_if(table_.begin(), table_.end(), [&](const Entry& entry) { return entry.key == name; });
  return found == table_.end() ? nullptr : &found->value;
}

std::optional<Reference> TableReader::as_text(std::string_view key, const Value& value, std::string_view wanted) {
  if (value.unresolved) { return {}; }
  const auto* text = value.as<std::string>();
  if (text == nullptr) {
    error(value.place, quoted(key) + " must be " + std::string{wanted} + got(value));
  } else if (text->empty()) {
    error(value.place, quoted(key) + " must not be empty");
  } else {
    return Reference{*text, value.place};
  }
  return {};
}

std::optional<Reference> TableReader::text(std::string_view key) {
  const Value* value = take(key);
  return value == nullptr ? std::nullopt : as_text(key, *value, "text");
}

std::optional<bool> TableReader::boolean(std::string_view key) {
  const Value* value = take(key);
  if (value == nullptr) { return {}; }
  if (const auto* flag = value->as<bool>()) { return *flag; }
  error(value->place, quoted(key) + " must be true or false" + got(*value));
  return {};
}

std::optional<int64_t> TableReader::integer(std::string_view key) {
  const Value* value = take(key);
  if (value == nullptr) { return {}; }
  const Range& range = key_of(key).range;
  const auto* given = value->as<int64_t>();
  if (given != nullptr && *given >= number(range.min) && *given <= number(range.max)) { return *given; }
  error(value->place, quoted(key) + " must be an integer from " + std::string{range.min} + " to " +
                          std::string{range.max} +
                          (given == nullptr ? got(*value) : ", got " + std::to_string(*given)));
  return {};
}

std::optional<int64_t> TableReader::quantity(const Key& key, std::string_view noun,
                                             std::optional<int64_t> (*parse)(std::string_view)) {
  const Value* value = take(key.name);
  if (value == nullptr || value->unresolved) { return {}; }
  const auto* text = value->as<std::string>();
  const auto& [min, max, ending] = key.range;
  const std::string unit{ending}, name = quoted(key.name);
  if (const auto* bare = value->as<int64_t>()) {
    error(value->place,
          name + " must have a unit: write it with one, such as \"" + std::to_string(*bare) + unit + "\"");
  } else if (text == nullptr) {
    error(value->place, name + " must be a " + std::string{noun} + " such as \"5" + unit + "\"" + got(*value));
  } else if (const auto parsed = parse(*text); !parsed) {
    error(value->place, name + " must be a " + std::string{noun} + " such as \"5" + unit + "\", got " + quoted(*text));
  } else if (*parsed < *parse(min) || *parsed > *parse(max)) {
    error(value->place,
          name + " must be from " + std::string{min} + " to " + std::string{max} + ", got " + quoted(*text));
  } else {
    return parsed;
  }
  return {};
}

std::optional<int64_t> TableReader::duration(std::string_view key) {
  return quantity(key_of(key), "duration", parse_duration);
}

std::optional<int64_t> TableReader::size(std::string_view key) { return quantity(key_of(key), "size", parse_size); }

std::vector<Reference> TableReader::texts(std::string_view key) {
  std::vector<Reference> result;
  const Value* value = take(key);
  if (value == nullptr) { return result; }
  const auto* list = value->as<List>();
  if (list == nullptr) {
    if (auto one = as_text(key, *value, "text or a list of texts")) { result.push_back(std::move(*one)); }
    return result;
  }
  if (list->empty()) { error(value->place, quoted(key) + " must not be empty"); }
  std::set<std::string_view> seen;
  for (const Value& element : *list) {
    auto one = as_text(key, element, "a list of texts");
    if (one && !seen.insert(*element.as<std::string>()).second) {
      error(element.place, quoted(key) + " names " + quoted(one->name) + " twice");
    } else if (one) {
      result.push_back(std::move(*one));
    }
  }
  return result;
}

std::optional<std::string_view> TableReader::word(std::string_view key) {
  const Value* value = take(key);
  if (value == nullptr || value->unresolved) { return {}; }
  const auto* text = value->as<std::string>();
  const auto known = words(key);
  const auto found = text == nullptr ? known.end() : std::find(known.begin(), known.end(), *text);
  if (found != known.end()) { return *found; }
  const std::string hint =
      text == nullptr ? got(*value) : ", got " + quoted(*text) + suggestion(*text, {known.begin(), known.end()});
  error(value->place, quoted(key) + " must be " + alternatives(known) + hint);
  return {};
}

void TableReader::finish() {
  for (const Entry& entry : rest()) {
    error(entry.place, "unknown key " + quoted(entry.key) + suggestion(entry.key, names_of(keys_)));
  }
}

Table TableReader::rest() const {
  Table rest;
  for (const Entry& entry : table_) {
    if (find_key(keys_, entry.key) == nullptr) { rest.push_back(entry); }
  }
  return rest;
}

}  // namespace culvert::config
