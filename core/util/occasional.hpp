// SPDX-License-Identifier: MIT
/// Says something once per 10 s, and how often it happened since. Used by one thread at a time.
#pragma once

#include "core/util/clock.hpp"

#include <cstdint>
#include <utility>

namespace culvert {

class Occasional {
 public:
  /// Counts one more; answers how many to tell of now, or 0 to stay silent. `now_ns` is on the monotonic clock.
  uint64_t count(int64_t now_ns, uint64_t events = 1) noexcept {
    untold_ += events;
    if (untold_ == 0) { return 0; }
    if (told_ && now_ns - told_ns_ < interval_ns) { return 0; }
    told_ = true;
    told_ns_ = now_ns;
    return rest();
  }
  /// What was not told yet.
  uint64_t rest() noexcept { return std::exchange(untold_, 0); }

  static constexpr int64_t interval_ns = 10 * one_second_ns;

 private:
  bool told_ = false;
  int64_t told_ns_ = 0;
  uint64_t untold_ = 0;
};

}  // namespace culvert
