// SPDX-License-Identifier: MIT
#include "escape.hpp"

#include <cstddef>
#include <cstdint>

namespace culvert::console {
namespace {

constexpr char hex[] = "0123456789abcdef";

/// One character of UTF-8, or one byte that is none.
struct Character {
  uint32_t code;
  std::size_t size;
  bool valid;
};

uint8_t byte_at(std::string_view bytes, std::size_t index) noexcept {
  return index < bytes.size() ? static_cast<uint8_t>(bytes[index]) : uint8_t{0};
}

/// The well-formed sequences of table 3-7 of the Unicode standard. `bytes` is not empty.
Character first_of(std::string_view bytes) noexcept {
  const uint8_t lead = byte_at(bytes, 0);
  if (lead < 0x80) { return {lead, 1, true}; }
  const Character bad{lead, 1, false};
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4) { return bad; }
  uint32_t code = lead & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    const uint8_t next = byte_at(bytes, i);
    if ((next & 0xc0U) != 0x80U) { return bad; }
    code = (code << 6U) | (next & 0x3fU);
  }
  const bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return overlong || surrogate || code > 0x10ffff ? bad : Character{code, size, true};
}

bool is_control(uint32_t code) noexcept {
  return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x2028 || code == 0x2029;
}

void append_code(uint32_t code, std::string& out) {
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) { out += hex[(code >> static_cast<unsigned>(shift)) & 0xfU]; }
}

}  // namespace

void append_escaped(std::string_view bytes, std::string& out) {
  while (!bytes.empty()) {
    const Character character = first_of(bytes);
    const std::string_view raw = bytes.substr(0, character.size);
    bytes.remove_prefix(character.size);
    if (character.valid && character.code == '\\') {
      out += "\\\\";
    } else if (character.valid && !is_control(character.code)) {
      out += raw;
    } else if (character.code == '\n') {
      out += "\\n";
    } else if (character.code == '\r') {
      out += "\\r";
    } else if (character.code == '\t') {
      out += "\\t";
    } else {
      for (const char byte : raw) {
        const auto value = static_cast<uint8_t>(byte);
        out.append("\\x").append(1, hex[value >> 4U]).append(1, hex[value & 0xfU]);
      }
    }
  }
}

void append_json_string(std::string_view text, std::string& out) {
  out += '"';
  while (!text.empty()) {
    const Character character = first_of(text);
    if (!character.valid) {
      append_code(0xfffd, out);
    } else if (is_control(character.code)) {
      append_code(character.code, out);
    } else {
      if (character.code == '"' || character.code == '\\') { out += '\\'; }
      out += text.substr(0, character.size);
    }
    text.remove_prefix(character.size);
  }
  out += '"';
}

void append_safe_json(std::string_view json, std::string& out) {
  while (!json.empty()) {
    const Character character = first_of(json);
    if (!character.valid) {
      append_code(0xfffd, out);
    } else if (character.code < 0x20) {
      out += ' ';  // Outside of strings white space is all that it can be; inside it may not be.
    } else if (is_control(character.code)) {
      append_code(character.code, out);
    } else {
      out += json.substr(0, character.size);
    }
    json.remove_prefix(character.size);
  }
}

bool is_utf8(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const Character character = first_of(bytes);
    if (!character.valid) { return false; }
    bytes.remove_prefix(character.size);
  }
  return true;
}

void append_base64(std::string_view bytes, std::string& out) {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const uint32_t group = static_cast<uint32_t>(byte_at(bytes, i)) << 16U |
                           static_cast<uint32_t>(byte_at(bytes, i + 1)) << 8U | byte_at(bytes, i + 2);
    const std::size_t left = bytes.size() - i;
    out += digits[group >> 18U];
    out += digits[(group >> 12U) & 0x3fU];
    out += left > 1 ? digits[(group >> 6U) & 0x3fU] : '=';
    out += left > 2 ? digits[group & 0x3fU] : '=';
  }
}

}  // namespace culvert::console
