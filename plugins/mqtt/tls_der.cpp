// SPDX-License-Identifier: MIT
#include "tls_der.hpp"

#include <algorithm>
#include <cstddef>
#include <ctime>

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

std::optional<std::int64_t> read_time(const DerItem& item) {
  std::string_view text = item.body;
  const std::size_t year_digits = item.tag == der::utc_time ? 2 : 4;
  if (item.tag != der::utc_time && item.tag != der::generalized_time) return std::nullopt;
  if (text.size() != year_digits + 11 || text.back() != 'Z') return std::nullopt;
  text.remove_suffix(1);
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  const auto number = [&text](std::size_t from, std::size_t count) {
    int value = 0;
    for (char c : text.substr(from, count)) value = value * 10 + (c - '0');
    return value;
  };
  int year = number(0, year_digits);
  if (year_digits == 2) year += year < 50 ? 2000 : 1900;
  std::tm when{};
  when.tm_year = year - 1900;
  when.tm_mon = number(year_digits, 2) - 1;
  when.tm_mday = number(year_digits + 2, 2);
  when.tm_hour = number(year_digits + 4, 2);
  when.tm_min = number(year_digits + 6, 2);
  when.tm_sec = number(year_digits + 8, 2);
  return static_cast<std::int64_t>(timegm(&when));
}

}  // namespace culvert::mqtt
