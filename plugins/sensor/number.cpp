// SPDX-License-Identifier: MIT
#include "number.hpp"

#include <charconv>
#include <cmath>
#include <system_error>

namespace culvert::sensor {
namespace {

template <class T>
std::optional<Number> parse_as(std::string_view text) noexcept {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) { return std::nullopt; }
  return Number{value};
}

/// Whether a double holds it exactly, and its neighbours too.
bool is_whole(double value) noexcept { return std::trunc(value) == value && std::abs(value) <= 9007199254740992.0; }

}  // namespace

std::optional<Number> parse_number(std::string_view text) noexcept {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) { return std::nullopt; }
  }
  if (const auto whole = parse_as<int64_t>(text)) { return whole; }
  const auto number = parse_as<double>(text);
  return number && std::isfinite(std::get<double>(*number)) ? number : std::nullopt;
}

Scale::Scale(double factor, double offset) noexcept
    : factor_{factor}, offset_{offset}, whole_{is_whole(factor) && is_whole(offset)} {}

std::optional<Number> Scale::apply(Number number) const noexcept {
  const int64_t* exact = std::get_if<int64_t>(&number);
  int64_t result = 0;
  if (exact != nullptr && whole_ && !__builtin_mul_overflow(*exact, static_cast<int64_t>(factor_), &result) &&
      !__builtin_add_overflow(result, static_cast<int64_t>(offset_), &result)) {
    return Number{result};
  }
  const double value = (exact != nullptr ? static_cast<double>(*exact) : std::get<double>(number)) * factor_ + offset_;
  return std::isfinite(value) ? std::optional<Number>{value} : std::nullopt;
}

}  // namespace culvert::sensor
