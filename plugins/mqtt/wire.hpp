// SPDX-License-Identifier: MIT
/// MQTT's primitive types, read with bounds and written. MQTT 5.0, section 1.5. For any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace culvert::mqtt {

/// Reads from the front of a view. Past its end everything is 0 or empty and `ok` is false for good.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) noexcept : left_{bytes} {}
  bool ok() const noexcept { return ok_; }
  std::size_t left() const noexcept { return left_.size(); }
  void fail() noexcept { ok_ = false, left_ = {}; }

  std::string_view bytes(std::size_t count) noexcept {
    if (count > left_.size()) { return fail(), std::string_view{}; }
    const auto taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }
  uint8_t u8() noexcept { return static_cast<uint8_t>(number(1)); }
  uint16_t u16() noexcept { return static_cast<uint16_t>(number(2)); }
  uint32_t u32() noexcept { return number(4); }
  /// A text or binary value with its 16-bit length.
  std::string_view text() noexcept { return bytes(u16()); }
  /// A variable byte integer, at most four bytes.
  uint32_t varint() noexcept {
    uint32_t value = 0;
    for (int shift = 0; shift < 28; shift += 7) {
      const uint8_t byte = u8();
      value |= static_cast<uint32_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) { return value; }
    }
    return fail(), 0;
  }

 private:
  uint32_t number(std::size_t count) noexcept {
    uint32_t value = 0;
    for (const char byte : bytes(count)) { value = value << 8 | static_cast<uint8_t>(byte); }
    return value;
  }
  std::string_view left_;
  bool ok_ = true;
};

/// Whether a text in UTF-8 holds U+0000-001F or U+007F-009F: a broker may end the connection over one
/// (MQTT 5.0, 1.5.4).
inline bool has_control(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if (byte < 0x20 || byte == 0x7f) { return true; }
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<uint8_t>(text[i + 1]) < 0xa0) { return true; }
  }
  return false;
}

class WireWriter {
 public:
  WireWriter& u8(unsigned value) { return bytes_.push_back(static_cast<char>(value)), *this; }
  WireWriter& u16(unsigned value) { return u8(value >> 8 & 0xff).u8(value & 0xff); }
  WireWriter& u32(uint32_t value) { return u16(value >> 16).u16(value & 0xffff); }
  WireWriter& raw(std::string_view bytes) { return bytes_.append(bytes), *this; }
  /// At most 65,535 bytes: callers check.
  WireWriter& text(std::string_view text) { return u16(static_cast<unsigned>(text.size())).raw(text); }
  WireWriter& varint(std::size_t value) {
    do {
      const unsigned low = value & 0x7f;
      value >>= 7;
      u8(value == 0 ? low : low | 0x80u);
    } while (value != 0);
    return *this;
  }
  std::string take() { return std::move(bytes_); }
  const std::string& bytes() const noexcept { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace culvert::mqtt
