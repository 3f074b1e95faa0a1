// SPDX-License-Identifier: MIT
/// Numbers in text, and what scale and offset make of them. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace culvert::sensor {

/// A whole number is kept exact.
using Number = std::variant<int64_t, double>;

/// Decimal, with a sign, a fraction or an exponent if need be. Nothing when `text` is anything else, or not finite.
std::optional<Number> parse_number(std::string_view text) noexcept;

/// value * factor + offset. A whole number stays whole as long as factor and offset are and the result fits.
class Scale {
 public:
  Scale(double factor, double offset) noexcept;
  /// Nothing when the result is not finite.
  std::optional<Number> apply(Number number) const noexcept;

 private:
  double factor_;
  double offset_;
  bool whole_;
};

}  // namespace culvert::sensor
