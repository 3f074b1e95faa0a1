// SPDX-License-Identifier: MIT
/// A line that would be said for each of many messages is said once per 10 s, with the number of those in between. For
/// one thread.
#pragma once

#include <cstdint>
#include <string>

namespace culvert::mqtt {

class Saying {
 public:
  static constexpr int64_t every_ns = 10'000'000'000;

  /// Counts one, and answers whether it is time for a line. `now_ns`: on the monotonic clock.
  bool is_due(int64_t now_ns) noexcept {
    if (said_ns_ != 0 && now_ns - said_ns_ < every_ns) {
      ++unsaid_;
      return false;
    }
    said_ns_ = now_ns;
    return true;
  }
  /// " (and 5 others since the last line)", once; empty when there were none.
  std::string others() {
    if (unsaid_ == 0) { return ""; }
    std::string words = " (and " + std::to_string(unsaid_) + " others since the last line)";
    unsaid_ = 0;
    return words;
  }

 private:
  int64_t said_ns_ = 0;
  uint64_t unsaid_ = 0;
};

}  // namespace culvert::mqtt
