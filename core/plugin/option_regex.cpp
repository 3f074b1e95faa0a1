// SPDX-License-Identifier: MIT
#include "core/plugin/option_value.hpp"

#include <regex.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <vector>

namespace culvert::plugin {
namespace {

/// How much the library may have to build: each repetition is a copy there, and copies of copies fill any memory.
constexpr std::size_t max_expanded = 10'000;

/// `text` begins behind a '{': takes "3}", "1,3}" or "1,}", and answers how often that repeats at most. 1 when it is no
/// repetition.
std::size_t take_repetition(std::string_view& text) {
  const std::size_t end = text.find('}');
  const std::string_view bounds = text.substr(0, end);
  if (end == std::string_view::npos || bounds.find_first_not_of("0123456789,") != std::string_view::npos) { return 1; }
  text.remove_prefix(end + 1);
  std::size_t most = 1;
  for (std::size_t at = 0; at <= bounds.size();) {
    const std::size_t comma = std::min(bounds.find(',', at), bounds.size());
    std::size_t number = 0;
    std::from_chars(bounds.data() + at, bounds.data() + comma, number);
    most = std::max(most, number);
    at = comma + 1;
  }
  return std::min(most, max_expanded);
}

/// `text` begins behind a '[': takes the rest of the bracket expression.
void take_bracket(std::string_view& text) {
  // A ']' in front is a member: "[]a]", "[^]a]".
  const std::size_t from = text.starts_with("^") ? 2 : 1;
  text.remove_prefix(std::min(text.size(), text.find(']', from)));
  if (!text.empty()) { text.remove_prefix(1); }
}

/// How many atoms there are once all repetitions are written out; no more than a little over the limit.
std::size_t expanded(std::string_view text) {
  std::vector<std::size_t> outer;
  std::size_t sum = 0, last = 0;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '(') {
      outer.push_back(sum);
      sum = last = 0;
    } else if (c == ')' && !outer.empty()) {
      last = sum;
      sum += outer.back();
      outer.pop_back();
    } else if (c == '{') {
      const std::size_t times = take_repetition(text);
      sum += last * (times - 1);
      last *= times;
    } else {
      if (c == '[') { take_bracket(text); }
      if (c == '\\' && !text.empty()) { text.remove_prefix(1); }
      last = 1;
      ++sum;
    }
    if (sum > max_expanded) { return sum; }
  }
  return sum;
}

/// "\d" is a letter to POSIX, and finds nothing.
bool has_digit_escape(std::string_view text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] != '\\') { continue; }
    if (text[i + 1] == 'd') { return true; }
    ++i;
  }
  return false;
}

}  // namespace

std::string regex_problem(const std::string& text, int64_t groups) {
  if (has_digit_escape(text)) { return "has '\\d', write '[0-9]'"; }
  if (expanded(text) > max_expanded) { return "repeats repetitions too often"; }
  regex_t compiled{};
  const int error = regcomp(&compiled, text.c_str(), REG_EXTENDED);
  if (error != 0) {
    std::array<char, 128> why{};
    regerror(error, &compiled, why.data(), why.size());
    std::string said{why.data()};
    if (!said.empty() && said[0] >= 'A' && said[0] <= 'Z') { said[0] = static_cast<char>(said[0] - 'A' + 'a'); }
    return "is none: " + said;
  }
  const auto found = static_cast<int64_t>(compiled.re_nsub);
  regfree(&compiled);
  if (found >= groups) { return {}; }
  if (found == 0) { return "has no group '(...)'"; }
  return "has " + std::to_string(found) + " of the " + std::to_string(groups) + " groups '(...)' that it needs";
}

bool is_found(const std::string& pattern, const std::string& text) {
  regex_t compiled{};
  if (regcomp(&compiled, pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0) { return false; }
  const bool is_there = regexec(&compiled, text.c_str(), 0, nullptr, 0) == 0;
  regfree(&compiled);
  return is_there;
}

bool matches(const std::string& pattern, const std::string& text) { return is_found("^(" + pattern + ")$", text); }

}  // namespace culvert::plugin
