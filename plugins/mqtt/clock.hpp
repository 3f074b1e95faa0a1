// SPDX-License-Identifier: MIT
/// The two clocks in nanoseconds. For any thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace culvert::mqtt {

/// The monotonic clock: for deadlines and durations.
inline int64_t now_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Since 1970 UTC: for what others read, and for the age of what carries a time.
inline int64_t wall_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace culvert::mqtt
