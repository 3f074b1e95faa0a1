// SPDX-License-Identifier: MIT
/// Regular expressions of JSON Schema (ECMA 262) for what texts of a configuration may be. Each lets everything pass
/// that the check takes, and holds back what can be told from the text alone. Any thread.
#pragma once

#include "core/plugin/facts.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::plugin {

/// All of a text must match `pattern`, unless a variable of the environment, or `$$`, makes another of it.
std::string whole(const std::string& pattern);
/// What a text that a variable makes another of has in it.
inline constexpr std::string_view variable_pattern = "[$][{$]";

/// `text` and nothing else.
std::string literally(std::string_view text);
/// Any of these texts; within a longer pattern in a group.
std::string any_of(const std::vector<std::string>& texts);

std::string name_pattern();
std::string duration_pattern();
std::string size_pattern();
std::string topic_pattern();
std::string filter_pattern();
/// `names`: what may stand in braces, see Option::names and Option::only. `is_topic`: what it makes is one.
std::string template_pattern(const std::vector<std::string>& names, const std::vector<std::string>& only,
                             bool is_topic);
/// "json", "text" or a template, which has a brace.
std::string encoding_pattern();
std::string url_pattern(const std::vector<std::string>& schemes);

/// A POSIX extended regular expression, which counts bytes, in ECMA's words, which count characters; nothing when both
/// would not be the same: '.' and [^x] but before '*', what is not ASCII, and what ECMA has not, such as [[.hyphen.]].
std::optional<std::string> ecma_pattern(std::string_view posix);

}  // namespace culvert::plugin
