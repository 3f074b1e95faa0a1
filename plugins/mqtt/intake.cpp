// SPDX-License-Identifier: MIT
#include "intake.hpp"

#include <string>
#include <string_view>

namespace culvert::mqtt {

culvert_status Intake::emit(const Inbound& message) const {
  constexpr std::string_view digits = "012";
  const PublishView& publish = message.publish();
  Draft draft;
  draft.topic(publish.topic).payload(publish.payload, publish.content_type);
  uint32_t flags = 0;
  if (publish.retained) { flags |= CULVERT_RETAINED; }
  if (publish.duplicate) { flags |= CULVERT_DUPLICATE; }
  draft.flags(flags);
  draft.property("mqtt.qos", digits.substr(publish.qos, 1));
  std::size_t count = 1;
  for (const auto& [name, value] : publish.user_properties) {
    if (++count > CULVERT_MAX_PROPERTIES) { break; }
    draft.property(name, value);
  }
  return host_.emit(draft, message.number());
}

void Intake::pop() {
  const Inbound& first = *waiting_.front();
  flow_.take_out(first.number() == 0, first.size());
  waiting_.pop_front();
}

void Intake::drain() {
  if (flow_.is_shut()) { return shut(); }
  for (; !blocked_ && !waiting_.empty(); pop()) {
    const uint64_t number = waiting_.front()->number();
    if (number != 0 && unsettled_ >= Gate::receive_maximum) { return; }
    const culvert_status status = emit(*waiting_.front());
    blocked_ = status == CULVERT_AGAIN;
    if (blocked_) { return; }
    if (number == 0) { continue; }
    if (status == CULVERT_OK) { ++unsettled_; }
    // What the host refuses it counts and speaks of, and tells of no end.
    if (status == CULVERT_REJECTED) { settled_.push_back(number); }
  }
}

void Intake::shut() {
  flow_.shut();
  for (; !waiting_.empty(); pop()) {
    if (waiting_.front()->number() == 0) { flow_.drop(); }
  }
}

void Intake::settle(uint64_t number) {
  if (unsettled_ > 0) { --unsettled_; }
  settled_.push_back(number);
}

void Intake::say_drops(int64_t now_ns) {
  const uint64_t dropped = flow_.dropped();
  if (dropped == said_ || (said_ns_ != 0 && now_ns - said_ns_ < 10'000'000'000)) { return; }
  const uint64_t unsaid = dropped - said_;
  host_.warn(std::to_string(unsaid) + (unsaid == 1 ? " message" : " messages") +
             " with QoS 0 dropped: " + (flow_.is_shut() ? "the node is stopping" : "the routes from here are full"));
  said_ = dropped;
  said_ns_ = now_ns;
}

}  // namespace culvert::mqtt
