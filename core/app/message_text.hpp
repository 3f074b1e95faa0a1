// SPDX-License-Identifier: MIT
/// A message for somebody who looks into a journal: as a line, and as JSON that loses nothing. Pure, any thread.
#pragma once

#include <culvert/plugin.h>

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace culvert {

/// Appends `bytes` as text that can neither drive a terminal nor forge a line: `\n`, `\r`, `\t`, `\\`, and `\x1b` and
/// the like for each byte of any other control character (C0, DEL, C1, U+2028, U+2029) and of what is not UTF-8.
void append_printable(std::string_view bytes, std::string& out);

/// Time, topic, size and content: `2026-11-23T10:00:00.123Z  boiler/t  61 B  41.2 Cel`. `bytes`: its size.
std::string message_line(const culvert_message& message, std::size_t bytes);

/// All that a message has but its number. Text that is not UTF-8, and a field of bytes, is {"base64": "..."}; NaN and
/// infinity are {"bits": "7ff8000000000000"}, the IEEE 754 binary64 in hexadecimal digits.
nlohmann::ordered_json message_json(const culvert_message& message);

}  // namespace culvert
