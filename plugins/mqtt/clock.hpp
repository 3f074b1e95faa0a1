// SPDX-License-Identifier: MIT
/// The monotonic clock in nanoseconds. For any thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace culvert::mqtt {

inline int64_t now_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace culvert::mqtt
