// SPDX-License-Identifier: MIT
#include "tls_der.hpp"

#include <algorithm>
#include <chrono>
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

std::optional<SignedItem> read_signed(std::string_view bytes) {
  DerReader whole{bytes};
  const auto outer = whole.next(der::sequence);
  if (!outer || !whole.at_end()) return std::nullopt;
  DerReader parts{outer->body};
  const auto content = parts.next(der::sequence);
  const auto algorithm = parts.next(der::sequence);
  const auto signature = parts.next(der::bit_string);
  if (!content || !algorithm || !signature || !parts.at_end()) return std::nullopt;
  return SignedItem{content->body, *algorithm};
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
  using namespace std::chrono;
  const auto part = [&](std::size_t place) { return number(year_digits + 2 * place, 2); };
  const year_month_day day{std::chrono::year{year}, month{static_cast<unsigned>(part(0))},
                           std::chrono::day{static_cast<unsigned>(part(1))}};
  if (!day.ok() || part(2) > 23 || part(3) > 59 || part(4) > 59) return std::nullopt;
  // Not by way of time_t, which ends in 2038 where it has 32 bits: most authorities are valid for longer.
  const sys_seconds time = sys_days{day} + hours{part(2)} + minutes{part(3)} + seconds{part(4)};
  return std::int64_t{time.time_since_epoch().count()};
}

}  // namespace culvert::mqtt
