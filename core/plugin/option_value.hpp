// SPDX-License-Identifier: MIT
/// One value of an option against its declaration: what does not need to look at the file system. Any thread.
#pragma once

#include "core/config/value.hpp"
#include "core/plugin/facts.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace culvert::plugin {

/// A value in canonical form, or what is wrong with it in words that follow "option 'qos' ".
struct Checked {
  std::string value;
  std::string why;
  bool is_good() const noexcept { return why.empty(); }
};

inline Checked wrong(std::string why) { return {{}, std::move(why)}; }

/// Of `path`, `file` and `secret` only that they are texts.
Checked check_value(const Option& option, const config::Value& value);

/// "mqtts://broker.example:8883" with the default port filled in.
Checked check_url(const Option& option, const std::string& url);

/// The value that a text in the facts stands for, which has no quotes there; a text when it is none of the option's
/// type.
config::Value plain_value(const Option& option, const std::string& text, const config::Place& place);
/// The value that a declared default stands for.
config::Value default_value(const Option& option, const config::Place& place);

/// Whether a POSIX extended regular expression is found anywhere in `text`, which holds no NUL; whether it matches all
/// of it. Never of a text that is no such expression.
bool is_found(const std::string& pattern, const std::string& text);
bool matches(const std::string& pattern, const std::string& text);

/// What is wrong with a text that is to hold what `content` of an option asks for, in words that follow "option 'x' ";
/// empty when nothing is. Of `regex` see `regex_problem`.
std::string content_problem(const Option& option, const std::string& text);

/// What is wrong with a POSIX extended regular expression that must have so many groups, or empty.
std::string regex_problem(const std::string& text, int64_t groups);

/// A plain value as text: "5", "true", "abc"; nothing for a list, a table or a date.
std::optional<std::string> plain_text(const config::Value& value);

/// A canonical value as the configuration would write it, without quotes: "90m" of a duration's nanoseconds.
std::string value_text(const Option& option, const std::string& canonical);
/// What two values of an option are compared by: their amount, or their order among the values of a choice.
double rank_of(const Option& option, const std::string& canonical);

/// What a person wrote, for a problem: 'abc', 5, a list.
std::string shown(const config::Value& value);

/// "0, 1 or 2", from texts that are ready to print.
std::string one_of(const std::vector<std::string>& texts);

/// 'text', on one line whatever it holds, and cut when it is long.
std::string ticked(std::string_view text);

/// "bool", "template" and so on, as FACTS.md names the types.
std::string_view type_word(OptionType type) noexcept;
/// The type of that name.
std::optional<OptionType> type_of(std::string_view word) noexcept;
/// All of them.
const std::vector<std::string_view>& type_words();

/// A limit that `min` or `max` declares, in the unit of the checked value; nothing when the text is none of its type.
std::optional<double> limit(const Option& option, const std::string& text);

}  // namespace culvert::plugin
