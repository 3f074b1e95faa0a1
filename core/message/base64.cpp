// SPDX-License-Identifier: MIT
#include "core/message/base64.hpp"

#include <cstddef>
#include <cstdint>

namespace culvert {
namespace {

int digit_of(char c) {
  if (c >= 'A' && c <= 'Z') { return c - 'A'; }
  if (c >= 'a' && c <= 'z') { return c - 'a' + 26; }
  if (c >= '0' && c <= '9') { return c - '0' + 52; }
  if (c == '+') { return 62; }
  return c == '/' ? 63 : -1;
}

}  // namespace

std::optional<std::string> from_base64(std::string_view text) {
  std::string bytes;
  uint32_t bits = 0;
  std::size_t digits = 0, padding = 0;
  for (const char c : text) {
    if (c == '\n' || c == '\r' || c == ' ' || c == '\t') { continue; }
    if (c == '=') {
      ++padding;
      continue;
    }
    const int digit = digit_of(c);
    if (digit < 0 || padding != 0) { return std::nullopt; }
    bits = (bits << 6U | static_cast<uint32_t>(digit)) & 0xFFFFFFU;
    if (++digits % 4 != 1) { bytes += static_cast<char>(bits >> (6U - 2U * ((digits + 3U) % 4U)) & 0xFFU); }
  }
  return digits % 4 == 1 || (digits + padding) % 4 != 0 ? std::nullopt : std::optional{bytes};
}

}  // namespace culvert
