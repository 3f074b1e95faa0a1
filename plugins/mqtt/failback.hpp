// SPDX-License-Identifier: MIT
/// When to look, while another broker is used, whether the first one of the list is back: after the interval, then
/// after times that double up to 30 min while it is not. On the monotonic clock; for the node thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace culvert::mqtt {

class Failback {
 public:
  static constexpr int64_t never = std::numeric_limits<int64_t>::max();
  static constexpr int64_t longest_ns = 1'800'000'000'000;

  /// 0: whoever works is kept.
  explicit Failback(int64_t interval_ns) noexcept : interval_ns_{interval_ns}, wait_ns_{interval_ns} {}

  /// Another one is used from now on, and the first is to be left alone until `not_before_ns`.
  void begin(int64_t now_ns, int64_t not_before_ns) noexcept {
    if (interval_ns_ > 0) { due_ns_ = std::max(now_ns + wait_ns_, not_before_ns); }
  }
  /// Nothing is to be looked for until the next `begin`.
  void pause() noexcept { due_ns_ = never; }
  /// It did not answer, or answered and then did not take us: the next look is later.
  void miss() noexcept {
    const int64_t most = std::max(longest_ns, interval_ns_);
    wait_ns_ = wait_ns_ > most / 2 ? most : wait_ns_ * 2;
  }
  /// The first one is used.
  void reset() noexcept { due_ns_ = never, wait_ns_ = interval_ns_; }
  int64_t due_ns() const noexcept { return due_ns_; }

 private:
  int64_t interval_ns_, wait_ns_, due_ns_ = never;
};

}  // namespace culvert::mqtt
