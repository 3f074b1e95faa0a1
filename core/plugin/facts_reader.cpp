// SPDX-License-Identifier: MIT
#include "core/plugin/facts_reader.hpp"

#include "core/plugin/option_value.hpp"

#include <algorithm>

namespace culvert::plugin {

const config::Value* FactsReader::find(std::string_view key) {
  asked_.push_back(key);
  for (const config::Entry& entry : table_) {
    if (entry.key == key) { return &entry.value; }
  }
  return nullptr;
}

void FactsReader::problem(std::string_view key, const std::string& text) {
  for (const config::Entry& entry : table_) {
    if (entry.key == key) { return problem_at(entry.value.place, ticked(key) + " " + text); }
  }
  problem_at(place_, ticked(key) + " " + text);
}

void FactsReader::problem_at(const config::Place& place, const std::string& text) {
  problems_.error(place, subject_ + ": " + text);
}

std::string FactsReader::line(std::string_view key, bool required) {
  const config::Value* value = find(key);
  if (value == nullptr) {
    if (required) { problem(key, "is missing"); }
    return {};
  }
  const auto* text = value->as<std::string>();
  if (text == nullptr || text->empty() || text->find_first_of(std::string_view{"\n\r\0", 3}) != std::string::npos) {
    problem(key, "must be one line of text, got " + shown(*value));
    return {};
  }
  return *text;
}

bool FactsReader::flag(std::string_view key) {
  const config::Value* value = find(key);
  if (value == nullptr) { return false; }
  const bool* flag = value->as<bool>();
  if (flag == nullptr) { problem(key, "must be true or false, got " + shown(*value)); }
  return flag != nullptr && *flag;
}

std::vector<std::string> FactsReader::lines(std::string_view key) {
  std::vector<std::string> texts;
  const config::Value* value = find(key);
  if (value == nullptr) { return texts; }
  const auto* list = value->as<config::List>();
  if (list == nullptr) {
    problem(key, "must be a list of texts, got " + shown(*value));
    return texts;
  }
  for (const config::Value& element : *list) {
    const auto* text = element.as<std::string>();
    if (text == nullptr || text->empty()) {
      problem_at(element.place, ticked(key) + " must be a list of texts, got " + shown(element) + " in it");
    } else if (std::find(texts.begin(), texts.end(), *text) != texts.end()) {
      problem_at(element.place, ticked(key) + " names " + ticked(*text) + " twice");
    } else {
      texts.push_back(*text);
    }
  }
  return texts;
}

int64_t FactsReader::integer(std::string_view key) {
  const config::Value* value = find(key);
  if (value == nullptr) { return 0; }
  const auto* number = value->as<int64_t>();
  if (number == nullptr) { problem(key, "must be an integer, got " + shown(*value)); }
  return number == nullptr ? 0 : *number;
}

std::vector<int64_t> FactsReader::integers(std::string_view key) {
  std::vector<int64_t> numbers;
  const config::Value* value = find(key);
  if (value == nullptr) { return numbers; }
  const auto* list = value->as<config::List>();
  if (list == nullptr) {
    problem(key, "must be a list of integers, got " + shown(*value));
    return numbers;
  }
  for (const config::Value& element : *list) {
    const auto* number = element.as<int64_t>();
    if (number == nullptr) {
      problem_at(element.place, ticked(key) + " must be a list of integers, got " + shown(element) + " in it");
    } else {
      numbers.push_back(*number);
    }
  }
  return numbers;
}

std::optional<std::string> FactsReader::plain(std::string_view key) {
  const config::Value* value = find(key);
  if (value == nullptr) { return std::nullopt; }
  std::optional<std::string> text = plain_text(*value);
  if (!text) { problem(key, "must be a plain value, got " + shown(*value)); }
  return text;
}

void FactsReader::refuse_others() {
  for (const config::Entry& entry : table_) {
    if (std::find(asked_.begin(), asked_.end(), entry.key) != asked_.end()) { continue; }
    problem_at(entry.place, "unknown key " + ticked(entry.key) + config::suggestion(entry.key, asked_));
  }
}

}  // namespace culvert::plugin
