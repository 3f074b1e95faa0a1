// SPDX-License-Identifier: MIT
#include "core/config/written.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace culvert::config {
namespace {

bool is_bare_key(std::string_view key) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  return !key.empty() && key.find_first_not_of(letters) == std::string_view::npos;
}

/// A '$' in front of these would begin something else than itself.
std::string without_variables(std::string_view text) {
  std::string made;
  for (std::size_t i = 0; i < text.size(); ++i) {
    made += text[i];
    const bool is_doubled = text[i] == '$' && i + 1 < text.size() && (text[i + 1] == '{' || text[i + 1] == '$');
    if (is_doubled) { made += '$'; }
  }
  return made;
}

std::string number_text(double number) {
  if (std::isnan(number)) { return "nan"; }
  if (std::isinf(number)) { return number < 0 ? "-inf" : "inf"; }
  std::array<char, 32> buffer{};
  std::string text{buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr};
  // So that it is no integer.
  if (text.find_first_not_of("-0123456789") == std::string::npos) { text += ".0"; }
  return text;
}

}  // namespace

std::string toml_text_with_variables(std::string_view text) {
  static constexpr std::string_view hex = "0123456789ABCDEF";
  std::string made = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      made.append(1, '\\').append(1, c);
    } else if (c == '\n' || c == '\t') {
      made += c == '\n' ? "\\n" : "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      made.append("\\u00").append(1, hex[byte >> 4U]).append(1, hex[byte & 15U]);
    } else {
      made += c;
    }
  }
  return made + '"';
}

std::string toml_text(const Value& value) {
  if (const auto* text = value.as<std::string>()) { return toml_text_with_variables(without_variables(*text)); }
  if (const auto* flag = value.as<bool>()) { return *flag ? "true" : "false"; }
  if (const auto* integer = value.as<int64_t>()) { return std::to_string(*integer); }
  if (const auto* number = value.as<double>()) { return number_text(*number); }
  std::string inner;
  if (const auto* list = value.as<List>()) {
    for (const Value& element : *list) { inner += (inner.empty() ? "" : ", ") + toml_text(element); }
    return "[" + inner + "]";
  }
  const auto* table = value.as<Table>();
  // No reader of ours keeps a date.
  if (table == nullptr) { return "\"\""; }
  for (const Entry& entry : *table) {
    const std::string key = is_bare_key(entry.key) ? entry.key : toml_text_with_variables(entry.key);
    inner += (inner.empty() ? " " : ", ") + key + " = " + toml_text(entry.value);
  }
  return "{" + inner + (inner.empty() ? "}" : " }");
}

}  // namespace culvert::config
