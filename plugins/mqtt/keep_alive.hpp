// SPDX-License-Identifier: MIT
/// When to ping a broker, and when it counts as gone: within one and a quarter of the keep-alive; without one, when it
/// is silent for 30 s after it was asked. On the monotonic clock; for one thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace culvert::mqtt {

class KeepAlive {
 public:
  static constexpr int64_t never = std::numeric_limits<int64_t>::max();
  /// Without keep-alive.
  static constexpr int64_t answer_ns = 30'000'000'000;
  enum class Due { nothing, ping, gone };

  /// 0 s: no keep-alive.
  KeepAlive(uint16_t interval_s, int64_t now_ns) { restart(interval_s, now_ns); }
  void restart(uint16_t interval_s, int64_t now_ns) {
    interval_ns_ = int64_t{interval_s} * 1'000'000'000;
    sent_ns_ = heard_ns_ = now_ns;
    pinged_ns_ = 0;
  }
  void sent(int64_t now_ns) noexcept { sent_ns_ = now_ns; }
  void heard(int64_t now_ns) noexcept { heard_ns_ = now_ns, pinged_ns_ = 0; }

  /// Pings after three quarters of the interval without a packet in one of the directions.
  Due due(int64_t now_ns) const noexcept {
    if (now_ns < due_ns()) { return Due::nothing; }
    return pinged_ns_ == 0 ? Due::ping : Due::gone;
  }
  void pinged(int64_t now_ns) noexcept { pinged_ns_ = sent_ns_ = now_ns; }
  /// A PINGREQ waits for its answer that was sent for another reason. With keep-alive its own will follow.
  void asks(int64_t now_ns) noexcept {
    if (interval_ns_ == 0 && pinged_ns_ == 0) { pinged_ns_ = now_ns; }
  }
  int64_t due_ns() const noexcept {
    if (interval_ns_ == 0) { return pinged_ns_ == 0 ? never : pinged_ns_ + answer_ns; }
    if (pinged_ns_ != 0) { return pinged_ns_ + interval_ns_ / 2; }
    return std::min(sent_ns_, heard_ns_) + interval_ns_ / 4 * 3;
  }

 private:
  int64_t interval_ns_ = 0, sent_ns_ = 0, heard_ns_ = 0, pinged_ns_ = 0;
};

}  // namespace culvert::mqtt
