// SPDX-License-Identifier: MIT
/// The clocks. Any thread.
#pragma once

#include <time.h>

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

/// A time moved by so much. Where 64 bits end it goes round: what others say of a time may be anything.
constexpr int64_t moved_ns(int64_t time_ns, int64_t by_ns) noexcept {
  return static_cast<int64_t>(static_cast<uint64_t>(time_ns) + static_cast<uint64_t>(by_ns));
}

/// Nanoseconds since the box was started, time asleep included: it runs on whatever the wall clock does.
inline int64_t boot_time_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return now.tv_sec * one_second_ns + now.tv_nsec;
}

/// What the wall clock of this moment says of the start of the box: with a boot time it makes a wall time.
inline int64_t wall_zero_ns() noexcept {
  int64_t zero_ns = 0, shortest_ns = INT64_MAX;
  // A thread that had to wait between the two questions asks again.
  for (int tries = 0; tries < 3 && shortest_ns > one_ms_ns / 100; ++tries) {
    const int64_t before_ns = boot_time_ns(), now_ns = wall_ns(), after_ns = boot_time_ns();
    if (after_ns - before_ns >= shortest_ns) { continue; }
    shortest_ns = after_ns - before_ns;
    zero_ns = now_ns - before_ns - shortest_ns / 2;
  }
  return zero_ns;
}

}  // namespace culvert
