// SPDX-License-Identifier: MIT
/// Wakes one thread. `ring` from any thread; `wait_until` from the one that is woken.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <limits>
#include <mutex>

namespace culvert {

class Doorbell {
 public:
  /// Rings are not counted: any number before a wait end that one wait.
  void ring() noexcept {
    {
      const std::lock_guard lock{mutex_};
      if (rung_) { return; }
      rung_ = true;
    }
    condition_.notify_one();
  }

  /// Waits for a ring or for `deadline_ns` on the monotonic clock, whichever comes first.
  void wait_until(int64_t deadline_ns) {
    // Far deadlines would overflow inside the clock's conversions.
    constexpr int64_t farthest_ns = std::numeric_limits<int64_t>::max() / 2;
    const std::chrono::steady_clock::time_point deadline{
        std::chrono::nanoseconds{deadline_ns < farthest_ns ? deadline_ns : farthest_ns}};
    std::unique_lock lock{mutex_};
    condition_.wait_until(lock, deadline, [this] { return rung_; });
    rung_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
  bool rung_ = false;
};

}  // namespace culvert
