// SPDX-License-Identifier: MIT
#include "core/plugin/option_value.hpp"

#include "core/message/template.hpp"
#include "core/message/topic.hpp"
#include "core/message/utf8.hpp"
#include "core/plugin/template_hint.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace culvert::plugin {
namespace {

std::string number_text(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

std::optional<int64_t> integer_of(const std::string& text) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || rest != end || text.empty()) { return std::nullopt; }
  return value;
}

/// "must be from 1 to 65535", "must be 0, 1 or 2"; `what` is " bytes long" for texts.
std::string range_text(const Option& option, std::string_view what) {
  if (option.min && option.max && option.type == OptionType::integer) {
    const auto low = integer_of(*option.min), high = integer_of(*option.max);
    if (low && high && *low <= *high && *high - *low < 4) {
      std::vector<std::string> all;
      for (int64_t i = *low; i <= *high; ++i) { all.push_back(std::to_string(i)); }
      return "must be " + one_of(all);
    }
  }
  std::string text = "must be ";
  if (option.min && option.max) {
    text += "from " + *option.min + " to " + *option.max;
  } else {
    text += option.min ? "at least " + *option.min : "at most " + *option.max;
  }
  return text.append(what);
}

/// Empty when `amount` is within the declared range.
std::string out_of_range(const Option& option, double amount, const std::string& got, std::string_view what = {}) {
  const auto low = option.min ? limit(option, *option.min) : std::nullopt;
  const auto high = option.max ? limit(option, *option.max) : std::nullopt;
  if ((low && amount < *low) || (high && amount > *high)) { return range_text(option, what) + ", got " + got; }
  return {};
}

Checked check_integer(const Option& option, const config::Value& value) {
  const auto* integer = value.as<int64_t>();
  if (integer == nullptr) { return wrong("must be an integer, got " + shown(value)); }
  // Compared as integers: a double does not hold all of them.
  const auto low = option.min ? integer_of(*option.min) : std::nullopt;
  const auto high = option.max ? integer_of(*option.max) : std::nullopt;
  if ((low && *integer < *low) || (high && *integer > *high)) {
    return wrong(range_text(option, {}) + ", got " + std::to_string(*integer));
  }
  return {std::to_string(*integer), {}};
}

Checked check_number(const Option& option, const config::Value& value) {
  const auto* integer = value.as<int64_t>();
  const auto* real = value.as<double>();
  if (integer == nullptr && real == nullptr) { return wrong("must be a number, got " + shown(value)); }
  const double amount = integer != nullptr ? static_cast<double>(*integer) : *real;
  if (!std::isfinite(amount)) { return wrong("must be a finite number, got " + shown(value)); }
  const std::string text = integer != nullptr ? std::to_string(*integer) : number_text(amount);
  return {text, out_of_range(option, amount, text)};
}

/// Durations and sizes: both are texts with a unit, so that nobody has to guess one.
Checked check_quantity(const Option& option, const config::Value& value) {
  const bool is_duration = option.type == OptionType::duration;
  const std::string wish = is_duration ? "must be a duration such as \"1s\"" : "must be a size such as \"64KiB\"";
  const auto* text = value.as<std::string>();
  if (text == nullptr) { return wrong(wish + ", got " + shown(value)); }
  const auto amount = is_duration ? config::parse_duration(*text) : config::parse_size(*text);
  if (!amount) { return wrong(wish + ", got " + shown(value)); }
  return {std::to_string(*amount), out_of_range(option, static_cast<double>(*amount), *text)};
}

Checked check_choice(const Option& option, const std::string& text) {
  if (std::find(option.values.begin(), option.values.end(), text) != option.values.end()) { return {text, {}}; }
  std::vector<std::string> all;
  for (const std::string& value : option.values) { all.push_back(ticked(value)); }
  const std::vector<std::string_view> known{option.values.begin(), option.values.end()};
  return wrong("must be " + one_of(all) + ", got " + ticked(text) + config::suggestion(text, known));
}

std::string in_braces(const std::vector<std::string>& names) {
  std::vector<std::string> all(names.size());
  std::transform(names.begin(), names.end(), all.begin(), [](const std::string& name) { return "'{" + name + "}'"; });
  return one_of(all);
}

Checked check_template(const Option& option, const std::string& text) {
  const std::vector<std::string>& more = option.only.empty() ? option.names : option.only;
  const bool any = std::find(more.begin(), more.end(), "*") != more.end();
  try {
    const Template compiled{text};
    for (const std::string_view name : compiled.names()) {
      const bool is_standard = option.only.empty() && Template::is_known(name);
      if (any || is_standard || std::find(more.begin(), more.end(), name) != more.end()) { continue; }
      if (!option.only.empty()) {
        return wrong("uses the name '{" + std::string{name} + "}', and may use only " + in_braces(option.only) +
                     config::suggestion(name, {option.only.begin(), option.only.end()}));
      }
      return wrong("uses the unknown name '{" + std::string{name} + "}'" + template_name_hint(name, more));
    }
    const std::string why = content_problem(option, text);
    if (!why.empty()) { return wrong(why); }
  } catch (const std::invalid_argument& error) { return wrong(error.what() + std::string{": "} + ticked(text)); }
  return {text, {}};
}

Checked check_topic(const Option& option, const std::string& text) {
  const bool is_topic = option.type == OptionType::topic;
  const std::string_view why = is_topic ? topic_problem(text) : filter_problem(text);
  if (why.empty()) { return {text, {}}; }
  const std::string wish = is_topic ? "must be a topic: " : "must be a topic filter: ";
  return wrong(wish + ticked(text) + " " + std::string{why});
}

}  // namespace

std::optional<std::string> plain_text(const config::Value& value) {
  if (const auto* text = value.as<std::string>()) { return *text; }
  if (const auto* flag = value.as<bool>()) { return *flag ? "true" : "false"; }
  if (const auto* integer = value.as<int64_t>()) { return std::to_string(*integer); }
  if (const auto* real = value.as<double>()) {
    std::string text = number_text(*real);
    // So that it reads as what it is: 5.0 is no integer.
    if (text.find_first_not_of("-0123456789") == std::string::npos) { text += ".0"; }
    return text;
  }
  return std::nullopt;
}

std::string shown(const config::Value& value) {
  if (const auto* text = value.as<std::string>()) { return ticked(*text); }
  if (const auto text = plain_text(value)) { return *text; }
  if (value.as<config::List>() != nullptr) { return "a list"; }
  return value.as<config::Table>() != nullptr ? "a table" : "a date";
}

std::optional<double> limit(const Option& option, const std::string& text) {
  if (option.type == OptionType::duration || option.type == OptionType::size) {
    const auto amount = option.type == OptionType::duration ? config::parse_duration(text) : config::parse_size(text);
    return amount ? std::optional{static_cast<double>(*amount)} : std::nullopt;
  }
  double amount = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, amount);
  if (error != std::errc{} || rest != end || !std::isfinite(amount)) { return std::nullopt; }
  if (option.type != OptionType::number && !integer_of(text)) { return std::nullopt; }
  return amount;
}

std::string value_text(const Option& option, const std::string& canonical) {
  const auto amount = integer_of(canonical);
  if (option.type == OptionType::duration && amount) { return config::duration_text(*amount); }
  return option.type == OptionType::size && amount ? config::size_text(*amount) : canonical;
}

double rank_of(const Option& option, const std::string& canonical) {
  if (option.type != OptionType::choice) { return std::stod(canonical); }
  return static_cast<double>(std::find(option.values.begin(), option.values.end(), canonical) - option.values.begin());
}

config::Value plain_value(const Option& option, const std::string& text, const config::Place& place) {
  if (option.type == OptionType::boolean && (text == "true" || text == "false")) { return {place, text == "true"}; }
  if (option.type == OptionType::integer) {
    if (const auto number = integer_of(text)) { return {place, *number}; }
  }
  if (option.type == OptionType::number) {
    if (const auto number = limit(option, text)) { return {place, *number}; }
  }
  return {place, text};
}

config::Value default_value(const Option& option, const config::Place& place) {
  return plain_value(option, *option.default_value, place);
}

Checked check_value(const Option& option, const config::Value& value) {
  switch (option.type) {
    case OptionType::boolean: {
      const auto* flag = value.as<bool>();
      if (flag == nullptr) { return wrong("must be true or false, got " + shown(value)); }
      return {*flag ? "true" : "false", {}};
    }
    case OptionType::integer:
      return check_integer(option, value);
    case OptionType::number:
      return check_number(option, value);
    case OptionType::duration:
    case OptionType::size:
      return check_quantity(option, value);
    default:
      break;
  }
  const auto* text = value.as<std::string>();
  const bool is_secret = option.type == OptionType::secret;
  if (text == nullptr) {
    // Whatever stands where a secret should be may well be one.
    const std::string got = is_secret ? "a value of type " + std::string{config::type_name(value)} : shown(value);
    return wrong("must be a text, got " + got);
  }
  if (text->find('\0') != std::string::npos) { return wrong("holds a NUL character, which no option may"); }
  switch (option.type) {
    case OptionType::choice:
      return check_choice(option, *text);
    case OptionType::topic:
    case OptionType::filter:
      return check_topic(option, *text);
    case OptionType::template_text:
      return check_template(option, *text);
    case OptionType::url:
      return check_url(option, *text);
    case OptionType::path:
    case OptionType::file:
      if (text->empty()) { return wrong("must be a path, got an empty text"); }
      return {*text, {}};
    default:
      break;
  }
  if (std::string why = content_problem(option, *text); !why.empty()) { return wrong(std::move(why)); }
  if (!option.pattern.empty() && !matches(option.pattern, *text)) {
    return wrong("must be " + option.wish + ", got " + ticked(*text));
  }
  const std::string got = std::to_string(text->size()) + (is_secret ? " bytes" : ": " + ticked(*text));
  return {*text, out_of_range(option, static_cast<double>(text->size()), got, " bytes long")};
}

}  // namespace culvert::plugin
