// SPDX-License-Identifier: MIT
/// How much that came from the broker waits for room in the node's routes. The relay's thread lets in, the node thread
/// takes out.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace culvert::mqtt {

class Flow {
 public:
  /// Of QoS 0, beyond which they are dropped.
  static constexpr int64_t max_messages = 1024;
  static constexpr int64_t max_bytes = 4 << 20;

  /// `max_unsettled`: bytes of QoS 1 and 2, beyond which the rest is left to the broker's session.
  explicit Flow(int64_t max_unsettled = 8 << 20) noexcept : max_unsettled_{max_unsettled} {}

  /// [relay thread] Whether a message of this size has room. One that waits for nobody always has.
  bool let_in(bool qos0, std::size_t bytes) noexcept {
    Waiting& waiting = of(qos0);
    const auto size = static_cast<int64_t>(bytes);
    const bool fits = waiting.bytes == 0 || (waiting.bytes + size <= (qos0 ? max_bytes : max_unsettled_) &&
                                             (!qos0 || waiting.messages < max_messages));
    if (fits) { waiting.messages += 1, waiting.bytes += size; }
    return fits;
  }
  /// [node thread]
  void take_out(bool qos0, std::size_t bytes) noexcept {
    of(qos0).messages -= 1, of(qos0).bytes -= static_cast<int64_t>(bytes);
  }
  /// [any thread] From now on nothing is to come in, or go out to the routes.
  void shut() noexcept { shut_ = true; }
  bool is_shut() const noexcept { return shut_; }
  /// [any thread] A QoS 0 message found no room.
  void drop() noexcept { dropped_ += 1; }
  uint64_t dropped() const noexcept { return dropped_; }
  /// [relay thread] A message came that the node has been given already.
  void repeat() noexcept { duplicates_ += 1; }
  uint64_t duplicates() const noexcept { return duplicates_; }
  int64_t max_unsettled() const noexcept { return max_unsettled_; }

 private:
  struct Waiting {
    std::atomic<int64_t> messages = 0, bytes = 0;
  };
  Waiting& of(bool qos0) noexcept { return qos0 ? qos0_ : acknowledged_; }
  const int64_t max_unsettled_;
  Waiting qos0_, acknowledged_;
  std::atomic<bool> shut_ = false;
  std::atomic<uint64_t> dropped_ = 0, duplicates_ = 0;
};

}  // namespace culvert::mqtt
