// SPDX-License-Identifier: MIT
/// Gathers what goes wrong in a node's rounds, so that it is said at most once in ten seconds. One node's thread.
#pragma once

#include <culvert/plugin.hpp>

#include <cstdint>
#include <string>

namespace culvert::sensor {

constexpr int64_t trouble_interval_ns = 10'000'000'000;

class Trouble {
 public:
  /// A reading had no value. Of several since the last line the first one's reason is said.
  void bad_reading(std::string why);
  void skipped_rounds(uint64_t count) noexcept { skipped_ += count, all_skipped_ += count; }
  /// Since the node was made.
  uint64_t all_bad() const noexcept { return all_bad_; }
  uint64_t all_skipped() const noexcept { return all_skipped_; }
  /// A round is over: says what is due. The node is degraded from the first bad reading until a round without one.
  void say(Host host, int64_t now_ns);

 private:
  std::string line() const;

  std::string why_;
  uint64_t bad_ = 0;      // since the last line
  uint64_t skipped_ = 0;  // since the last line
  uint64_t all_bad_ = 0, all_skipped_ = 0;
  bool round_is_bad_ = false;
  bool degraded_ = false;
  bool said_once_ = false;
  int64_t said_ns_ = 0;
};

}  // namespace culvert::sensor
