// SPDX-License-Identifier: MIT
/// Notices that something happens again and again: more than three times within a minute. For one thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

namespace culvert::mqtt {

class Repeats {
 public:
  static constexpr std::size_t tolerated = 3;
  static constexpr int64_t within_ns = 60'000'000'000;

  /// It happened. Answers whether that is more often than is tolerated. `now_ns`: on the monotonic clock.
  bool note(int64_t now_ns) noexcept {
    const bool often = times_[0] != never && now_ns - times_[0] <= within_ns;
    std::rotate(times_.begin(), times_.begin() + 1, times_.end());
    times_.back() = now_ns;
    return often;
  }

 private:
  static constexpr int64_t never = std::numeric_limits<int64_t>::min();
  std::array<int64_t, tolerated> times_{never, never, never};
};

}  // namespace culvert::mqtt
