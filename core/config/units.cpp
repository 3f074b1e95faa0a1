// SPDX-License-Identifier: MIT
#include "core/config/value.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace culvert::config {
namespace {

struct Unit {
  std::string_view name;
  int64_t factor;
};

constexpr int64_t second = 1'000'000'000;
constexpr std::array<Unit, 7> durations{{
    {"ns", 1},
    {"us", 1'000},
    {"ms", 1'000'000},
    {"s", second},
    {"m", 60 * second},
    {"h", 3600 * second},
    {"d", 86400 * second},
}};
constexpr std::array<Unit, 5> sizes{{
    {"B", 1},
    {"KiB", int64_t{1} << 10},
    {"MiB", int64_t{1} << 20},
    {"GiB", int64_t{1} << 30},
    {"TiB", int64_t{1} << 40},
}};

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

size_t digits(std::string_view text) noexcept {
  size_t count = 0;
  while (count < text.size() && is_digit(text[count])) { ++count; }
  return count;
}

/// The digits as a number, times `factor`; nothing when that does not fit.
std::optional<int64_t> scaled(std::string_view text, int64_t factor) {
  int64_t value = 0;
  for (const char c : text) {
    if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, c - '0', &value)) { return {}; }
  }
  if (__builtin_mul_overflow(value, factor, &value)) { return {}; }
  return value;
}

/// The digits behind a point, of `factor`: ".5" of 1024 is 512. Nothing when that is not a whole number.
std::optional<int64_t> fraction(std::string_view text, int64_t factor) {
  while (!text.empty() && text.back() == '0') { text.remove_suffix(1); }
  int64_t divisor = 1;
  const std::optional<int64_t> number = scaled(text, 1);
  if (!number || text.size() > 18) { return {}; }
  for (size_t i = 0; i < text.size(); ++i) { divisor *= 10; }
  int64_t numerator = *number;
  // In lowest terms, so that the factor can be divided first and nothing overflows on the way.
  for (const int64_t prime : {int64_t{2}, int64_t{5}}) {
    while (divisor % prime == 0 && numerator % prime == 0 && numerator != 0) {
      divisor /= prime;
      numerator /= prime;
    }
  }
  if (factor % divisor != 0) { return {}; }
  int64_t value = 0;
  if (__builtin_mul_overflow(factor / divisor, numerator, &value)) { return {}; }
  return value;
}

template <size_t Count>
std::optional<int64_t> parse(std::string_view text, const std::array<Unit, Count>& units) {
  const std::string_view whole = text.substr(0, digits(text));
  if (whole.empty()) { return {}; }
  text.remove_prefix(whole.size());
  std::string_view part;
  if (text.starts_with('.')) {
    part = text.substr(1, digits(text.substr(1)));
    if (part.empty()) { return {}; }
    text.remove_prefix(1 + part.size());
  }
  for (const Unit& unit : units) {
    if (unit.name != text) { continue; }
    const auto high = scaled(whole, unit.factor);
    const auto low = fraction(part, unit.factor);
    int64_t sum = 0;
    if (!high || !low || __builtin_add_overflow(*high, *low, &sum)) { return {}; }
    return sum;
  }
  return {};
}

template <size_t Count>
std::string text_of(int64_t amount, const std::array<Unit, Count>& units) {
  // From the largest unit down; the smallest fits everything.
  size_t index = Count - 1;
  while (index > 0 && (amount == 0 || amount % units[index].factor != 0)) { --index; }
  return std::to_string(amount / units[index].factor) + std::string{units[index].name};
}

template <size_t Count>
std::vector<std::string_view> names_of(const std::array<Unit, Count>& units) {
  std::vector<std::string_view> names(Count);
  std::transform(units.begin(), units.end(), names.begin(), [](const Unit& unit) { return unit.name; });
  return names;
}

}  // namespace

std::vector<std::string_view> duration_units() { return names_of(durations); }

std::vector<std::string_view> size_units() { return names_of(sizes); }

std::optional<int64_t> parse_duration(std::string_view text) { return parse(text, durations); }

std::optional<int64_t> parse_size(std::string_view text) { return parse(text, sizes); }

std::string duration_text(int64_t duration_ns) { return duration_ns == 0 ? "0s" : text_of(duration_ns, durations); }

std::string size_text(int64_t size) { return text_of(size, sizes); }

}  // namespace culvert::config
