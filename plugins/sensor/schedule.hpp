// SPDX-License-Identifier: MIT
/// Deadlines at start + n * interval, which do not drift. Used only on one node's thread; the clock is the caller's.
#pragma once

#include <cstdint>

namespace culvert::sensor {

class Schedule {
 public:
  explicit Schedule(int64_t interval_ns) noexcept : interval_ns_{interval_ns} {}
  /// The first call starts it, and its first deadline is that moment.
  bool is_due(int64_t now_ns) noexcept {
    if (!started_) {
      started_ = true;
      next_ns_ = now_ns;
    }
    return now_ns >= next_ns_;
  }
  /// Takes the deadline that is due and answers how many before it have passed unused.
  uint64_t take(int64_t now_ns) noexcept {
    const int64_t missed = (now_ns - next_ns_) / interval_ns_;
    next_ns_ += (missed + 1) * interval_ns_;
    return static_cast<uint64_t>(missed);
  }
  int64_t next_ns() const noexcept { return next_ns_; }

 private:
  int64_t interval_ns_;
  int64_t next_ns_ = 0;
  bool started_ = false;
};

}  // namespace culvert::sensor
