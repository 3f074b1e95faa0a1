// SPDX-License-Identifier: MIT
/// How long to wait before the next try: a random time between `min` and a ceiling that doubles up to `max`. For one
/// thread.
#pragma once

#include <algorithm>
#include <cstdint>

namespace culvert::mqtt {

class Backoff {
 public:
  Backoff(int64_t min_ns, int64_t max_ns) noexcept : min_ns_{min_ns}, max_ns_{std::max(min_ns, max_ns)} {}
  /// `random`: any number, evenly spread. `at_most_ns`: another `max` for this time.
  int64_t next_ns(uint64_t random, int64_t at_most_ns) noexcept {
    const int64_t max_ns = std::max(at_most_ns, min_ns_);
    int64_t ceiling = min_ns_;
    for (int i = 0; i <= tries_ && ceiling < max_ns; ++i) { ceiling = ceiling > max_ns / 2 ? max_ns : ceiling * 2; }
    tries_ = std::min(tries_ + 1, 62);
    return between(min_ns_, ceiling, random);
  }
  int64_t next_ns(uint64_t random) noexcept { return next_ns(random, max_ns_); }
  /// Between `min` and twice as long, however often there was a failure.
  int64_t shortest_ns(uint64_t random) const noexcept {
    return between(min_ns_, std::min(min_ns_ * 2, max_ns_), random);
  }
  /// Between half of `max` and `max` at once.
  int64_t longest_ns(uint64_t random) const noexcept {
    return between(std::max(min_ns_, max_ns_ / 2), max_ns_, random);
  }
  void reset() noexcept { tries_ = 0; }

  static int64_t between(int64_t low_ns, int64_t high_ns, uint64_t random) noexcept {
    return low_ns + static_cast<int64_t>(random % static_cast<uint64_t>(high_ns - low_ns + 1));
  }

 private:
  int64_t min_ns_, max_ns_;
  int tries_ = 0;
};

}  // namespace culvert::mqtt
