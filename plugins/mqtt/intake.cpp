// SPDX-License-Identifier: MIT
#include "intake.hpp"

#include <string>
#include <string_view>
#include <utility>

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
    if (number != 0 && emitted_ - confirmed_ >= Gate::receive_maximum) { return; }
    const culvert_status status = emit(*waiting_.front());
    blocked_ = status == CULVERT_AGAIN;
    if (blocked_) { return; }
    if (number == 0 || status == CULVERT_CLOSED) { continue; }
    ++emitted_;
    // What the host refuses it counts and speaks of, and tells of no end.
    if (status == CULVERT_REJECTED) { settle(number); }
  }
}

void Intake::shut() {
  flow_.shut();
  for (; !waiting_.empty(); pop()) {
    if (waiting_.front()->number() == 0) { flow_.drop(); }
  }
}

std::vector<uint64_t> Intake::take_settled() noexcept {
  taken_ += settled_.size();
  return std::exchange(settled_, {});
}

void Intake::confirm(uint64_t count) noexcept {
  confirmed_ = count;
  asked_ = false;
}

// At half of what may be unconfirmed, so that the other half goes on meanwhile.
bool Intake::ask_to_confirm() noexcept {
  const bool asks = !asked_ && taken_ > confirmed_ && emitted_ - confirmed_ >= Gate::receive_maximum / 2;
  asked_ = asked_ || asks;
  return asks;
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
