// SPDX-License-Identifier: MIT
// POSIX extended regular expressions in ECMA's words.
#include "core/plugin/schema_patterns.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace culvert::plugin {
namespace {

using Class = std::pair<std::string_view, std::string_view>;
/// As they are in the C locale.
constexpr std::array classes{Class{"alnum", "A-Za-z0-9"},
                             Class{"alpha", "A-Za-z"},
                             Class{"blank", " \\t"},
                             Class{"cntrl", "\\x00-\\x1f\\x7f"},
                             Class{"digit", "0-9"},
                             Class{"graph", "!-~"},
                             Class{"lower", "a-z"},
                             Class{"print", " -~"},
                             Class{"punct", "!-/:-@\\[-`{-~"},
                             Class{"space", " \\t\\n\\v\\f\\r"},
                             Class{"upper", "A-Z"},
                             Class{"xdigit", "0-9A-Fa-f"}};

constexpr std::string_view special = ".[\\()*+?{|^$";

/// A character that stands for itself between brackets.
std::string in_brackets(char c) {
  static constexpr std::string_view escaped = "\\]^[-";
  return (escaped.find(c) == std::string_view::npos ? "" : "\\") + std::string{c};
}

/// Takes "[...]" away from the front of `rest`.
std::optional<std::string> take_brackets(std::string_view& rest) {
  std::string made = "[";
  rest.remove_prefix(1);
  if (rest.starts_with('^')) {
    made += '^';
    rest.remove_prefix(1);
  }
  for (bool is_first = true; !rest.empty() && (is_first || rest.front() != ']'); is_first = false) {
    if (rest.starts_with("[.") || rest.starts_with("[=")) { return std::nullopt; }
    if (rest.starts_with("[:")) {
      const std::size_t end = rest.find(":]");
      const std::string_view name = end == std::string_view::npos ? "" : rest.substr(2, end - 2);
      const auto* found = std::find_if(classes.begin(), classes.end(), [&](Class one) { return one.first == name; });
      if (found == classes.end()) { return std::nullopt; }
      made += found->second;
      rest.remove_prefix(end + 2);
      continue;
    }
    made += in_brackets(rest.front());
    const bool is_range = rest.size() > 2 && rest[1] == '-' && rest[2] != ']';
    if (is_range && rest[2] == '[') { return std::nullopt; }
    if (is_range) { made += '-' + in_brackets(rest[2]); }
    rest.remove_prefix(is_range ? 3 : 1);
  }
  if (rest.empty()) { return std::nullopt; }
  rest.remove_prefix(1);
  return made + ']';
}

}  // namespace

std::optional<std::string> ecma_pattern(std::string_view posix) {
  // Between brackets some readers take && and ~~ for more than a character given twice.
  const bool is_ascii = std::all_of(posix.begin(), posix.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (!is_ascii || posix.find("&&") != posix.npos || posix.find("~~") != posix.npos) { return std::nullopt; }
  std::string made;
  while (!posix.empty()) {
    const char c = posix.front();
    if (c == '[') {
      const bool takes_any = posix.starts_with("[^");
      const auto brackets = take_brackets(posix);
      if (!brackets || (takes_any && !posix.starts_with('*'))) { return std::nullopt; }
      made += *brackets;
      continue;
    }
    if (c == '\\') {
      // What any other character means behind a backslash is not said.
      if (posix.size() < 2 || special.find(posix[1]) == std::string_view::npos) { return std::nullopt; }
      made += posix.substr(0, 2);
      posix.remove_prefix(2);
      continue;
    }
    if (c == '{') {
      const std::size_t end = posix.find('}');
      if (end == std::string_view::npos) { return std::nullopt; }
      made += posix.substr(0, end + 1);
      posix.remove_prefix(end + 1);
      continue;
    }
    posix.remove_prefix(1);
    if (c == '.' && !posix.starts_with('*')) { return std::nullopt; }
    // A point is any character, a line feed too; brackets that nothing opens stand for themselves.
    made += c == '.' ? "[\\s\\S]" : (c == '}' || c == ']' ? "\\" : "") + std::string{c};
  }
  return made;
}

}  // namespace culvert::plugin
