// SPDX-License-Identifier: MIT
/// UTF-8 as MQTT wants it: well-formed, without surrogates. Pure functions, for any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace culvert::mqtt {

/// How many bytes the character at the front of `text` has, 1 to 4; 0 when there is none that is well-formed.
/// RFC 3629: no overlong form, no surrogate, nothing past U+10FFFF.
constexpr std::size_t utf8_size(std::string_view text) noexcept {
  if (text.empty()) { return 0; }
  const auto first = static_cast<uint8_t>(text[0]);
  if (first < 0x80) { return 1; }
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) { return 0; }
  uint32_t point = first & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    const auto next = static_cast<uint8_t>(text[i]);
    if ((next & 0xc0) != 0x80) { return 0; }
    point = point << 6 | (next & 0x3fu);
  }
  constexpr uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = point >= 0xd800 && point <= 0xdfff;
  return point >= lowest[size] && point <= 0x10ffff && !surrogate ? size : 0;
}

constexpr bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t size = utf8_size(text);
    if (size == 0) { return false; }
    text.remove_prefix(size);
  }
  return true;
}

/// What MQTT takes for a text: it holds no NUL either (MQTT 5.0, section 1.5.4).
constexpr bool is_mqtt_text(std::string_view text) noexcept {
  return text.find('\0') == std::string_view::npos && is_utf8(text);
}

}  // namespace culvert::mqtt
