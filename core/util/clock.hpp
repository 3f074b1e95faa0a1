// SPDX-License-Identifier: MIT
/// The two clocks. Any thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace culvert {

/// Nanoseconds on the monotonic clock: for deadlines and durations.
inline int64_t monotonic_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Nanoseconds since 1970 UTC: for what people and other machines read.
inline int64_t wall_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

inline constexpr int64_t one_ms_ns = 1'000'000;
inline constexpr int64_t one_second_ns = 1'000'000'000;

}  // namespace culvert
