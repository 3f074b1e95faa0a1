// SPDX-License-Identifier: MIT
/// Messages from the broker that the node's routes have no room for yet. Bounded by the flow. Used on the node thread.
#pragma once

#include "flow.hpp"
#include "paho.hpp"

#include <culvert/plugin.hpp>

#include <cstdint>
#include <deque>
#include <memory>

namespace culvert::mqtt {

class Intake {
 public:
  Intake(Host host, Flow& flow) : host_{host}, flow_{flow} {}
  void take(std::unique_ptr<Inbound> message) { waiting_.push_back(std::move(message)); }
  /// Emits until a route is full. Answers true when the relay waits to hear that there is room.
  bool drain();
  /// The routes have room again.
  void room() noexcept { blocked_ = false; }
  bool empty() const noexcept { return waiting_.empty(); }
  /// Says once per 10 s how many QoS 0 messages were dropped.
  void say_drops(int64_t now_ns);

 private:
  culvert_status emit(const Inbound& message) const;
  Host host_;
  Flow& flow_;
  std::deque<std::unique_ptr<Inbound>> waiting_;
  bool blocked_ = false;
  uint64_t said_ = 0;
  int64_t said_ns_ = 0;
};

}  // namespace culvert::mqtt
