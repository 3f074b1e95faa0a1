// SPDX-License-Identifier: MIT
/// Texts for people. For any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace culvert::mqtt {

/// "4 s", "250 ms", "5 min".
std::string duration_words(int64_t duration_ns);

/// The most that is repeated of what a broker says of its own, in bytes.
inline constexpr std::size_t max_told = 200;
/// What a broker said, fit for a line of the log: control characters and what is no UTF-8 are left out, and what
/// exceeds `max_told`.
std::string told(std::string_view text);
/// ", 'quota of plan exceeded'", or nothing for an empty text.
std::string quoted(std::string_view text);

}  // namespace culvert::mqtt
