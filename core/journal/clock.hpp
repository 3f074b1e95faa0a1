// SPDX-License-Identifier: MIT
/// The time by which a journal knows how old a message is. It runs on whatever the wall clock does, goes on across a
/// restart of the process, and begins anew, from the wall clock, when the box does. Any thread.
#pragma once

#include "core/util/clock.hpp"

#include <cstdint>
#include <fstream>
#include <string>

namespace culvert::journal {

/// Changes with each start of the box.
inline std::string boot_id() {
  std::string id;
  std::ifstream{"/proc/sys/kernel/random/boot_id"} >> id;
  return id;
}

class Clock {
 public:
  /// `zero_ns`: what this clock showed when the box was started.
  /// `first_seq`: messages of lower numbers are of an earlier start of the box.
  Clock(int64_t zero_ns, uint64_t first_seq) noexcept : zero_ns_{zero_ns}, first_seq_{first_seq} {}
  /// Of this start of the box.
  explicit Clock(uint64_t first_seq = 0) noexcept : Clock{wall_zero_ns(), first_seq} {}
  int64_t zero_ns() const noexcept { return zero_ns_; }
  uint64_t first_seq() const noexcept { return first_seq_; }
  int64_t now_ns() const noexcept { return zero_ns_ + boot_time_ns(); }
  /// How old is what was placed then. Between two starts of the box its wall clock may have been set: an age below
  /// none or of more than 30 days can't be told from that and counts as none.
  int64_t age_ns(int64_t at_ns) const noexcept {
    const int64_t age = now_ns() - at_ns;
    return age < 0 || age > longest_age_ns ? 0 : age;
  }
  static constexpr int64_t longest_age_ns = int64_t{30} * 24 * 3600 * one_second_ns;

 private:
  int64_t zero_ns_;
  uint64_t first_seq_;
};

}  // namespace culvert::journal
