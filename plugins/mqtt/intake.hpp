// SPDX-License-Identifier: MIT
/// Messages from the broker on their way to the host: those that its routes have no room for yet, bounded by the flow,
/// and the numbers of those that it has settled. At most 64 above QoS 0 are emitted whose acknowledgement the broker is
/// not known to have read: so many may come twice when a connection breaks, and when the process is killed, whatever
/// the broker sends. Used on the node thread.
#pragma once

#include "counts.hpp"
#include "flow.hpp"
#include "gate.hpp"
#include "guard_listener.hpp"
#include "inbound.hpp"
#include "loop_guard.hpp"
#include "saying.hpp"

#include <culvert/plugin.hpp>

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace culvert::mqtt {

class Intake {
 public:
  Intake(Host host, Flow& flow, const LoopGuard& loop_guard, Counts& counts)
      : host_{host}, flow_{flow}, loop_guard_{loop_guard}, counts_{counts} {}
  void take(std::unique_ptr<Inbound> message);
  /// Emits until a route is full, or enough is unconfirmed.
  void drain(int64_t now_ns);
  /// The routes have room again.
  void room() noexcept { blocked_ = false; }
  /// From now on nothing is emitted, and what waits is left to the broker's session.
  void shut();
  bool empty() const noexcept { return waiting_.empty(); }
  /// One that was emitted has ended, however it did.
  void settle(uint64_t number) { settled_.push_back(number); }
  /// Whether all that was emitted has ended, and was taken.
  bool is_settled() const noexcept { return emitted_ == taken_; }
  bool has_settled() const noexcept { return !settled_.empty(); }
  /// What was settled since the last call.
  std::vector<uint64_t> take_settled() noexcept;
  /// Of all that was taken the broker has heard of so many. `is_answer`: as in GuardListener.
  void confirm(uint64_t count, bool is_answer) noexcept;
  /// Whether it is time to ask for that; true once until the answer.
  bool ask_to_confirm() noexcept;
  /// One was thrown away on its way here, which is said once per 10 s for each reason.
  void say_discarded(Discard why, const std::string& what, int64_t now_ns);
  /// Says once per 10 s how many QoS 0 messages were dropped.
  void say_drops(int64_t now_ns);

 private:
  uint64_t& count_of(Discard why) noexcept;
  culvert_status emit(const Inbound& message, int64_t now_ns);
  culvert_status emit_new(const Inbound& message, int64_t now_ns);
  void pop();
  Host host_;
  Flow& flow_;
  const LoopGuard& loop_guard_;
  Counts& counts_;
  std::deque<std::unique_ptr<Inbound>> waiting_;
  std::vector<uint64_t> settled_;
  bool blocked_ = false;
  // Messages above QoS 0 that left from here, those of them that were taken as settled, and those that are confirmed.
  uint64_t emitted_ = 0, taken_ = 0, confirmed_ = 0;
  uint64_t limit_ = Gate::receive_maximum;  // how many may have left
  bool asked_ = false;
  uint64_t asked_at_ = 0;  // how many were taken when it last asked, or were confirmed since
  Saying loops_, left_out_;
  std::array<Saying, discard_count> discarded_;
  uint64_t said_ = 0;
  int64_t said_ns_ = 0;
};

}  // namespace culvert::mqtt
