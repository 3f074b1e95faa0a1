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
    return min_ns_ + static_cast<int64_t>(random % static_cast<uint64_t>(ceiling - min_ns_ + 1));
  }
  int64_t next_ns(uint64_t random) noexcept { return next_ns(random, max_ns_); }
  void reset() noexcept { tries_ = 0; }

 private:
  int64_t min_ns_, max_ns_;
  int tries_ = 0;
};

}  // namespace culvert::mqtt
