// SPDX-License-Identifier: MIT
#include "subscriber.hpp"

#include "reasons.hpp"
#include "words.hpp"

#include <algorithm>

namespace culvert::mqtt {

namespace {

constexpr int64_t first_again_ns = 10'000'000'000, last_again_ns = 300'000'000'000;

}  // namespace

Subscriber::Subscriber(Host host, const std::vector<Subscription>& wanted)
    : host_{host}, again_after_ns_{first_again_ns} {
  for (const auto& each : wanted) { entries_.push_back({.wanted = each}); }
}

void Subscriber::ask(uint32_t index) {
  Entry& entry = entries_[index];
  if (!entry.waits) { ++waiting_; }
  entry.waits = true;
  entry.refused = 0;
  entry.reason_text.clear();
  // When it is not taken the connection is gone, and the next one asks again.
  entry.packet_id = paho_->subscribe(entry.wanted.filter, entry.wanted.qos, index);
}

void Subscriber::open(Paho& paho, int64_t answer_by_ns) {
  paho_ = &paho;
  answer_by_ns_ = answer_by_ns;
  again_ns_ = CULVERT_NEVER;
  for (uint32_t i = 0; i < entries_.size(); ++i) { ask(i); }
}

void Subscriber::on_reason_text(uint16_t packet_id, const std::string& text) {
  for (Entry& entry : entries_) {
    if (entry.waits && entry.packet_id == packet_id) { entry.reason_text = text; }
  }
}

void Subscriber::on_subscribed(uint32_t index, uint8_t reason, int64_t now_ns) {
  if (index >= entries_.size() || !entries_[index].waits) { return; }
  Entry& entry = entries_[index];
  entry.waits = false;
  --waiting_;
  if (reason >= 0x80) {
    entry.refused = reason;
  } else if (reason < entry.wanted.qos) {
    host_.warn("the broker gives '" + entry.wanted.filter + "' with QoS " + std::to_string(reason) + " instead of " +
               std::to_string(entry.wanted.qos));
  }
  if (waiting_ == 0) { report(now_ns); }
}

void Subscriber::report(int64_t now_ns) {
  std::string refused;
  for (const Entry& entry : entries_) {
    if (entry.refused == 0) { continue; }
    refused += (refused.empty() ? "'" : ", '") + entry.wanted.filter + "': " + reason_words(entry.refused) +
               quoted(entry.reason_text);
  }
  if (refused.empty()) {
    again_after_ns_ = first_again_ns;
    if (!reported_.empty()) { host_.report(CULVERT_OK, "the broker gives every subscription now"); }
  } else {
    again_ns_ = now_ns + again_after_ns_;
    if (refused != reported_) {
      host_.report(CULVERT_AGAIN, "subscribe to " + refused + ", next try in " + duration_words(again_after_ns_));
    }
    again_after_ns_ = std::min(again_after_ns_ * 2, last_again_ns);
  }
  reported_ = refused;
}

int64_t Subscriber::poll(int64_t now_ns) {
  if (paho_ == nullptr) { return CULVERT_NEVER; }
  if (waiting_ > 0) { return answer_by_ns_; }
  if (now_ns < again_ns_) { return again_ns_; }
  again_ns_ = CULVERT_NEVER;
  answer_by_ns_ = now_ns + first_again_ns;
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].refused != 0) { ask(i); }
  }
  return answer_by_ns_;
}

std::vector<std::string> Subscriber::filters() const {
  std::vector<std::string> all;
  for (const Entry& entry : entries_) { all.push_back(entry.wanted.filter); }
  return all;
}

}  // namespace culvert::mqtt
