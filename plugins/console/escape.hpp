// SPDX-License-Identifier: MIT
/// Bytes from outside as text that can neither drive a terminal nor forge a line. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

namespace culvert::console {

/// Appends `bytes` with `\n`, `\r` and `\t` for these three, `\\` for a backslash, and `\x1b` and the like for each
/// byte of any other control character (C0, DEL, C1, the line separators U+2028 and U+2029) and of what is not UTF-8.
/// No two inputs look the same.
void append_escaped(std::string_view bytes, std::string& out);

/// Appends `text` as a JSON string in quotes. What is not UTF-8 becomes U+FFFD.
void append_json_string(std::string_view text, std::string& out);

/// Appends what is JSON already, with DEL, C1 and the line separators, which JSON allows bare, as `\u0085` and the
/// like.
void append_safe_json(std::string_view json, std::string& out);

/// Whether all of it is UTF-8: no overlong form, no surrogate, nothing above U+10FFFF.
bool is_utf8(std::string_view bytes) noexcept;

void append_base64(std::string_view bytes, std::string& out);

}  // namespace culvert::console
