// SPDX-License-Identifier: MIT
#include "core/config/table_reader.hpp"

#include <algorithm>
#include <set>

namespace culvert::config {
namespace {

std::string got(const Value& value) { return ", got " + std::string{type_name(value)}; }

/// "'error', 'warn' or 'info'"
std::string alternatives(const std::vector<std::string_view>& words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) { text += i + 1 == words.size() ? " or " : ", "; }
    text += quoted(words[i]);
  }
  return text;
}

}  // namespace

bool TableReader::is_known(std::string_view key) const noexcept {
  return std::find(known_.begin(), known_.end(), key) != known_.end();
}

bool TableReader::has(std::string_view key) const noexcept {
  return std::any_of(table_.begin(), table_.end(), [&](const Entry& entry) { return entry.key == key; });
}

const Value* TableReader::take(std::string_view key) {
  known_.push_back(key);
  const auto found = std::find_if(table_.begin(), table_.end(), [&](const Entry& entry) { return entry.key == key; });
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

std::optional<int64_t> TableReader::integer(std::string_view key, int64_t min, int64_t max) {
  const Value* value = take(key);
  if (value == nullptr) { return {}; }
  const auto* number = value->as<int64_t>();
  if (number != nullptr && *number >= min && *number <= max) { return *number; }
  error(value->place, quoted(key) + " must be an integer from " + std::to_string(min) + " to " + std::to_string(max) +
                          (number == nullptr ? got(*value) : ", got " + std::to_string(*number)));
  return {};
}

std::optional<int64_t> TableReader::quantity(std::string_view key, const Range& range, std::string_view noun,
                                             std::optional<int64_t> (*parse)(std::string_view)) {
  const Value* value = take(key);
  if (value == nullptr || value->unresolved) { return {}; }
  const auto* text = value->as<std::string>();
  const std::string unit{range.unit};
  if (const auto* number = value->as<int64_t>()) {
    error(value->place,
          quoted(key) + " must have a unit: write it with one, such as \"" + std::to_string(*number) + unit + "\"");
  } else if (text == nullptr) {
    error(value->place, quoted(key) + " must be a " + std::string{noun} + " such as \"5" + unit + "\"" + got(*value));
  } else if (const auto parsed = parse(*text); !parsed) {
    error(value->place,
          quoted(key) + " must be a " + std::string{noun} + " such as \"5" + unit + "\", got " + quoted(*text));
  } else if (*parsed < *parse(range.min) || *parsed > *parse(range.max)) {
    error(value->place, quoted(key) + " must be from " + std::string{range.min} + " to " + std::string{range.max} +
                            ", got " + quoted(*text));
  } else {
    return parsed;
  }
  return {};
}

std::optional<int64_t> TableReader::duration(std::string_view key, const Range& range) {
  return quantity(key, range, "duration", parse_duration);
}

std::optional<int64_t> TableReader::size(std::string_view key, const Range& range) {
  return quantity(key, range, "size", parse_size);
}

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

std::optional<std::string> TableReader::one_of(std::string_view key, const std::vector<std::string_view>& words) {
  const Value* value = take(key);
  if (value == nullptr || value->unresolved) { return {}; }
  const auto* text = value->as<std::string>();
  if (text != nullptr && std::find(words.begin(), words.end(), *text) != words.end()) { return *text; }
  error(value->place, quoted(key) + " must be " + alternatives(words) +
                          (text == nullptr ? got(*value) : ", got " + quoted(*text) + suggestion(*text, words)));
  return {};
}

void TableReader::finish() {
  for (const Entry& entry : table_) {
    if (!is_known(entry.key)) {
      error(entry.place, "unknown key " + quoted(entry.key) + suggestion(entry.key, known_));
    }
  }
}

Table TableReader::rest() const {
  Table rest;
  for (const Entry& entry : table_) {
    if (!is_known(entry.key)) { rest.push_back(entry); }
  }
  return rest;
}

}  // namespace culvert::config
