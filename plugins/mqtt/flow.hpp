// SPDX-License-Identifier: MIT
/// How much that came from the broker waits for the node. Counted on three threads: the relay passes a message on,
/// Paho's thread takes it in, the node thread takes it out.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace culvert::mqtt {

class Flow {
 public:
  static constexpr int64_t max_messages = 1024;
  static constexpr int64_t max_bytes = 4 << 20;

  /// [relay thread] Nothing of a former connection is under way any more.
  void begin_connection() noexcept {
    passed_messages_ = passed_bytes_ = 0;
    arrived_messages_ = 0;
    arrived_bytes_ = 0;
  }
  /// [relay thread]
  void pass(std::size_t bytes) noexcept { passed_messages_ += 1, passed_bytes_ += static_cast<int64_t>(bytes); }
  /// [relay thread] Asks, and on `false` sees to it that `take_out` says when to ask again.
  bool has_room() noexcept {
    if (fits()) { return true; }
    starved_ = true;
    return fits();
  }
  /// [relay thread] A QoS 0 message found no room.
  void drop() noexcept { dropped_ += 1; }

  /// [Paho's thread] `wire_bytes` is about what `pass` was told.
  void take_in(std::size_t wire_bytes) noexcept {
    const auto bytes = static_cast<int64_t>(wire_bytes);
    waiting_messages_ += 1, waiting_bytes_ += bytes;
    arrived_messages_ += 1, arrived_bytes_ += bytes;
  }
  /// [node thread] Answers true when the relay waits to hear of it.
  bool take_out(std::size_t wire_bytes) noexcept {
    waiting_messages_ -= 1, waiting_bytes_ -= static_cast<int64_t>(wire_bytes);
    return waiting_messages_ <= max_messages / 2 && waiting_bytes_ <= max_bytes / 2 && starved_.exchange(false);
  }
  /// [any thread] From now on nothing is passed on.
  void shut() noexcept { shut_ = true; }
  /// [any thread] QoS 0 messages dropped so far.
  uint64_t dropped() const noexcept { return dropped_; }

 private:
  bool fits() noexcept {
    const int64_t under_way = passed_messages_ - arrived_messages_;
    // The two sides count bytes a little differently; what adds up is forgotten whenever nothing is under way.
    if (under_way <= 0) { passed_bytes_ = arrived_bytes_; }
    const int64_t messages = waiting_messages_ + std::max<int64_t>(0, under_way);
    const int64_t bytes = waiting_bytes_ + std::max<int64_t>(0, passed_bytes_ - arrived_bytes_);
    return !shut_ && messages < max_messages && bytes < max_bytes;
  }
  int64_t passed_messages_ = 0, passed_bytes_ = 0;
  std::atomic<int64_t> arrived_messages_ = 0, arrived_bytes_ = 0;
  std::atomic<int64_t> waiting_messages_ = 0, waiting_bytes_ = 0;
  std::atomic<bool> starved_ = false, shut_ = false;
  std::atomic<uint64_t> dropped_ = 0;
};

}  // namespace culvert::mqtt
