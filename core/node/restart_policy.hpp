// SPDX-License-Identifier: MIT
/// Whether an instance that has failed is tried again, and when. Knows no node, no thread and no clock: its owner tells
/// it the time. Used by one thread at a time.
#pragma once

#include "core/util/clock.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace culvert {

/// What becomes of a node whose instance has failed: it is tried again; the runtime ends; it stays as it is.
enum class OnFailure : uint8_t { retry, fail, ignore };

class RestartPolicy {
 public:
  /// The first wait and the longest. Each is twice as long as the one before, less up to a quarter by chance, so that
  /// nodes that failed together do not come back together.
  static constexpr int64_t first_wait_ns = one_second_ns / 2;
  static constexpr int64_t longest_wait_ns = 30 * one_second_ns;
  /// After an instance that has run for so long, twice the longest wait, the next wait is the first one again.
  static constexpr int64_t well_ns = 2 * longest_wait_ns;
  /// So many failures within this time are the end of trying, however well it ran between them.
  static constexpr std::size_t max_failures = 5;
  static constexpr int64_t window_ns = 600 * one_second_ns;

  /// `seed`: for what is left to chance; different for each node.
  explicit RestartPolicy(uint64_t seed) noexcept : chance_{seed} {}

  /// The instance runs, from `now_ns` of the monotonic clock on.
  void began(int64_t now_ns) noexcept { running_since_ns_ = now_ns; }

  /// The instance has failed. Answers how long to wait before the next, or nothing: it is quarantined.
  std::optional<int64_t> failed(int64_t now_ns) noexcept {
    if (running_since_ns_ && now_ns - *running_since_ns_ >= well_ns) { wait_ns_ = 0; }
    running_since_ns_.reset();
    // The place of the newest failure is that of the oldest of the five, or a free one.
    const std::size_t newest = failures_ % max_failures, oldest = (failures_ + 1) % max_failures;
    at_ns_[newest] = now_ns;
    ++failures_;
    if (failures_ >= max_failures && now_ns - at_ns_[oldest] <= window_ns) { return std::nullopt; }
    wait_ns_ = wait_ns_ == 0 ? first_wait_ns : wait_ns_ < longest_wait_ns / 2 ? 2 * wait_ns_ : longest_wait_ns;
    return wait_ns_ - static_cast<int64_t>(next_chance() % static_cast<uint64_t>(wait_ns_ / 4 + 1));
  }

 private:
  /// SplitMix64, by Steele, Lea and Flood (OOPSLA 2014).
  uint64_t next_chance() noexcept {
    chance_ += 0x9e3779b97f4a7c15;
    uint64_t mixed = chance_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }

  uint64_t chance_;
  int64_t wait_ns_ = 0;  ///< the last one, before chance
  std::optional<int64_t> running_since_ns_;
  std::array<int64_t, max_failures> at_ns_{};  ///< of the last failures, going round
  std::size_t failures_ = 0;                   ///< ever
};

}  // namespace culvert
