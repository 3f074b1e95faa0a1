// SPDX-License-Identifier: MIT
#include "core/plugin/facts_when.hpp"

#include "core/plugin/option_value.hpp"

#include <algorithm>
#include <array>

namespace culvert::plugin {
namespace {

const std::string wish =
    "must be an option and its values, such as 'format=text|pretty', 'OPTION~PATTERN' or 'OPTION!~PATTERN', or "
    "'OPTION' or '!OPTION' alone, got ";

/// A number or a boolean, which the configuration writes without quotes.
bool is_bare(std::string_view value) {
  const bool is_number = value.find_first_not_of("-.0123456789") == value.npos && value.find('.') == value.rfind('.');
  return value == "true" || value == "false" || is_number;
}

std::string pattern_problem(const Option& option, const std::string& pattern) {
  using enum OptionType;
  constexpr std::array without_text{boolean, integer, number, duration, size};
  if (std::find(without_text.begin(), without_text.end(), option.type) != without_text.end()) {
    return "has a pattern for the option " + ticked(option.name) + ", which is no text";
  }
  const std::string why = regex_problem(pattern, 0);
  return why.empty() ? why : "has the pattern " + ticked(pattern) + ", which " + why;
}

}  // namespace

std::optional<When> parse_when(std::string_view text) {
  const std::size_t sign = std::min(text.find_first_of("=~"), text.size());
  When when{std::string{text.substr(0, sign)}};
  if (sign == text.size() && text.starts_with('!')) {
    when.is_absent = true;
    when.option.erase(0, 1);
  }
  if (text.substr(sign).starts_with('~')) {
    when.pattern = text.substr(sign + 1);
    when.is_unlike = when.option.ends_with('!');
    if (when.is_unlike) { when.option.pop_back(); }
    if (when.pattern.empty()) { return std::nullopt; }
  }
  for (std::size_t at = sign; when.pattern.empty() && at < text.size();) {
    const std::size_t end = std::min(text.find('|', at + 1), text.size());
    when.values.emplace_back(text.substr(at + 1, end - at - 1));
    at = end;
  }
  const bool is_empty = std::find(when.values.begin(), when.values.end(), "") != when.values.end();
  if (when.option.empty() || is_empty) { return std::nullopt; }
  return when;
}

std::vector<When> read_when(FactsReader& reader, bool many) {
  std::vector<When> all;
  const config::Value* value = reader.find("when");
  if (value == nullptr) { return all; }
  const auto* list = many ? value->as<config::List>() : nullptr;
  const config::List one = list == nullptr ? config::List{*value} : config::List{};
  for (const config::Value& element : list == nullptr ? one : *list) {
    const auto* text = element.as<std::string>();
    std::optional<When> when = text == nullptr ? std::nullopt : parse_when(*text);
    if (when) {
      all.push_back(std::move(*when));
    } else {
      reader.problem_at(element.place, "'when' " + wish + shown(element));
    }
  }
  return all;
}

std::string resolve_when(const Facts& facts, When& when) {
  const std::string name = ticked(when.option);
  const Option* option = facts.find(when.option);
  if (option == nullptr) { return "names the option " + name + ", which is not there"; }
  if (when.is_of_presence()) { return {}; }
  if (!option->short_for.empty() || option->type == OptionType::secret) {
    return "names the option " + name + ", which must be of plain values that may be shown";
  }
  if (!when.pattern.empty()) { return pattern_problem(*option, when.pattern); }
  for (const std::string& value : when.values) {
    const Checked checked = check_value(*option, plain_value(*option, value, {}));
    if (!checked.is_good()) { return "names the value " + ticked(value) + ", which option " + name + " never has"; }
    when.canonical.push_back(checked.value);
  }
  return {};
}

std::string when_text(const When& when) {
  if (!when.pattern.empty()) {
    return "a '" + when.option + (when.is_unlike ? "' that does not match " : "' that matches ") + ticked(when.pattern);
  }
  if (when.values.empty()) { return (when.is_absent ? "no '" : "a '") + when.option + "'"; }
  std::vector<std::string> values;
  for (const std::string& value : when.values) { values.push_back(is_bare(value) ? value : ticked(value)); }
  return when.option + " = " + one_of(values);
}

std::string when_text(const std::vector<When>& all) {
  std::string text;
  for (const When& when : all) { text += (text.empty() ? "" : " and ") + when_text(when); }
  return text;
}

}  // namespace culvert::plugin
