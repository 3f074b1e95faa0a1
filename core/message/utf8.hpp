// SPDX-License-Identifier: MIT
/// UTF-8, one character at a time. Pure function, any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace culvert {

/// How many bytes the character at the beginning of `text` has; 0 when there is none that is well-formed. The table of
/// well-formed sequences is that of the Unicode standard, section 3.9: no overlong forms, no surrogates, nothing past
/// U+10FFFF.
inline std::size_t utf8_character(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto within = [&](std::size_t i, unsigned low, unsigned high) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  if (text.empty()) { return 0; }
  const unsigned first = byte(0);
  if (first < 0x80) { return 1; }
  if (first < 0xC2 || first > 0xF4) { return 0; }
  if (first < 0xE0) { return within(1, 0x80, 0xBF) ? 2 : 0; }
  if (first < 0xF0) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return within(1, low, high) && within(2, 0x80, 0xBF) ? 3 : 0;
  }
  const unsigned low = first == 0xF0 ? 0x90 : 0x80;
  const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
  return within(1, low, high) && within(2, 0x80, 0xBF) && within(3, 0x80, 0xBF) ? 4 : 0;
}

}  // namespace culvert
