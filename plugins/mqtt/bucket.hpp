// SPDX-License-Identifier: MIT
/// A token bucket: so many messages per second, and so many at once after a rest. Kept as the time by which the next
/// message would be due at an even pace (the generic cell rate algorithm of ITU-T I.371): within any span of T seconds
/// no more than `burst` + T x `rate` pass. On the monotonic clock; for one thread.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace culvert::mqtt {

class Bucket {
 public:
  /// `per_second`: 0 for no limit. `burst`: at least 1.
  Bucket(double per_second, uint32_t burst) noexcept
      : step_ns_{per_second > 0 ? static_cast<int64_t>(std::ceil(1e9 / per_second)) : 0},
        ahead_ns_{step_ns_ * (static_cast<int64_t>(burst) - 1)} {}

  /// When the next one may go.
  int64_t next_ns() const noexcept { return due_ns_ - ahead_ns_; }
  /// One goes.
  void take(int64_t now_ns) noexcept {
    if (step_ns_ > 0) { due_ns_ = std::max(due_ns_, now_ns) + step_ns_; }
  }

 private:
  int64_t step_ns_, ahead_ns_, due_ns_ = 0;
};

}  // namespace culvert::mqtt
