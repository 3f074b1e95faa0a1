// SPDX-License-Identifier: MIT
#include "intake.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace culvert::mqtt {

culvert_status Intake::emit(const Inbound& message) const {
  constexpr std::string_view digits = "012";
  Draft draft;
  draft.topic(message.topic).payload(message.payload, message.content_type);
  uint32_t flags = 0;
  if (message.retained) { flags |= CULVERT_RETAINED; }
  if (message.duplicate) { flags |= CULVERT_DUPLICATE; }
  draft.flags(flags);
  draft.property("mqtt.qos", digits.substr(std::min<std::size_t>(message.qos, 2), 1));
  std::size_t count = 1;
  for (const auto& [name, value] : message.properties) {
    if (++count > CULVERT_MAX_PROPERTIES) { break; }
    draft.property(name, value);
  }
  return host_.emit(draft);
}

bool Intake::drain() {
  bool relay_waits = false;
  while (!blocked_ && !waiting_.empty()) {
    const Inbound& first = *waiting_.front();
    if (emit(first) == CULVERT_AGAIN) {
      blocked_ = true;
      break;
    }
    // Taken, or one that the host counts and speaks of itself.
    relay_waits = flow_.take_out(first.wire_size) || relay_waits;
    waiting_.pop_front();
  }
  return relay_waits;
}

void Intake::say_drops(int64_t now_ns) {
  const uint64_t dropped = flow_.dropped();
  if (dropped == said_ || (said_ns_ != 0 && now_ns - said_ns_ < 10'000'000'000)) { return; }
  host_.warn(std::to_string(dropped - said_) + " messages with QoS 0 dropped: the routes from here are full");
  said_ = dropped;
  said_ns_ = now_ns;
}

}  // namespace culvert::mqtt
