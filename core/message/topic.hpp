// SPDX-License-Identifier: MIT
/// Topics and topic filters, as MQTT 5 section 4.7 defines them. Pure functions, any thread.
/// A filter here is a plain one: the group and the inner filter of "$share/group/filter" are not looked into.
#pragma once

#include <string_view>

namespace culvert {

/// Empty when `topic` may be published to; else why not: "is empty", "holds the wildcard '+'" and so on.
std::string_view topic_problem(std::string_view topic) noexcept;
/// Empty when `filter` may be subscribed to; else why not.
std::string_view filter_problem(std::string_view filter) noexcept;
/// Whether a valid topic matches a valid filter. Topics that start with '$' match no filter that starts with a
/// wildcard.
bool topic_matches(std::string_view filter, std::string_view topic) noexcept;
/// Whether `text` is well-formed UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::string_view text) noexcept;

}  // namespace culvert
