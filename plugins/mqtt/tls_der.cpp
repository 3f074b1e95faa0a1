// SPDX-License-Identifier: MIT
#include "tls_der.hpp"

#include <cstddef>

namespace culvert::mqtt {
namespace {

std::uint8_t byte_at(std::string_view bytes, std::size_t index) { return static_cast<std::uint8_t>(bytes[index]); }

}  // namespace

std::optional<DerItem> DerReader::next() {
  constexpr std::uint8_t many_byte_tag = 0x1f;
  if (rest_.size() < 2 || (byte_at(rest_, 0) & many_byte_tag) == many_byte_tag) return std::nullopt;
  std::size_t head = 2;
  std::size_t length = byte_at(rest_, 1);
  if (length >= 0x80) {
    const std::size_t count = length & 0x7fU;
    // Without a count the length is indefinite, which is BER; with more than three a certificate is past 16 MiB.
    if (count == 0 || count > 3 || rest_.size() < head + count) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < count; ++i) length = (length << 8U) | byte_at(rest_, head + i);
    head += count;
  }
  if (rest_.size() - head < length) return std::nullopt;
  const DerItem item{byte_at(rest_, 0), rest_.substr(head, length), rest_.substr(0, head + length)};
  rest_.remove_prefix(head + length);
  return item;
}

std::optional<DerItem> DerReader::next(std::uint8_t tag) {
  if (rest_.empty() || byte_at(rest_, 0) != tag) return std::nullopt;
  return next();
}

}  // namespace culvert::mqtt
