// SPDX-License-Identifier: MIT
#include "subscriber.hpp"

#include "reasons.hpp"
#include "words.hpp"

#include <algorithm>
#include <exception>

namespace culvert::mqtt {

namespace {

constexpr int64_t first_again_ns = 10'000'000'000, last_again_ns = 300'000'000'000;

// What a SUBSCRIBE with one filter has around it, at most.
constexpr std::size_t around_filter = 16;

}  // namespace

// What a broker has not that this subscription needs, in words; empty when it may be asked.
std::string Subscriber::lacking(const Connack& connack, const Subscription& wanted) {
  if (wanted.filter.size() + around_filter > connack.maximum_packet) {
    return "the broker takes packets of " + std::to_string(connack.maximum_packet) + " bytes";
  }
  if (wanted.is_shared() && !connack.shared_available) { return "the broker has no shared subscriptions"; }
  const bool wild = wanted.filter.find_first_of("+#") != std::string::npos;
  return wild && !connack.wildcard_available ? "the broker has no wildcards in subscriptions" : "";
}

Subscriber::Subscriber(Host host, const std::vector<Subscription>& wanted)
    : host_{host}, granted_{host.state_dir(), host.node_name()}, again_after_ns_{first_again_ns} {
  for (const auto& each : wanted) { entries_.push_back({.wanted = each}); }
}

void Subscriber::ask(uint32_t index) {
  Entry& entry = entries_[index];
  if (!entry.waits) { ++waiting_; }
  entry.waits = true;
  entry.refused = 0;
  entry.reason_text.clear();
  Subscription asked = entry.wanted;
  // To ask for what the session has is no new subscribing, unless the broker has lost it without a word.
  if (asked.retain_handling == RetainHandling::always && granted_.holds(asked.filter, asked.how())) {
    asked.retain_handling = RetainHandling::when_new;
  }
  // When it is not taken the connection is gone, and the next one asks again.
  entry.packet_id = paho_->subscribe(asked, index);
}

void Subscriber::load() {
  try {
    if (!granted_.load()) {
      host_.warn("the file '" + granted_.path() + "' was damaged: every subscription is made anew");
    }
  } catch (const std::exception& error) {
    host_.warn("subscriptions of former runs are not known: " + std::string{error.what()});
  }
}

void Subscriber::open(Paho& paho, const Session& session, int64_t answer_by_ns) {
  // No answer of the last connection comes any more.
  waiting_ = 0;
  paho_ = nullptr;
  begin_next(0);
  paho_ = &paho;
  connack_ = &session.connack;
  version_ = session.version;
  answer_by_ns_ = answer_by_ns;
  again_ns_ = CULVERT_NEVER;
  load();
  granted_.open(session.client_id, session.url, session.connack.session_present, session.lasts);
  say_options();
  give_up_stale("which the session still had");
  std::vector<uint32_t> asked;
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    entry.waits = false;
    entry.refused = 0;
    entry.lacking = lacking(session.connack, entry.wanted);
    if (!entry.lacking.empty()) { continue; }
    const bool held = granted_.holds(entry.wanted.filter, entry.wanted.how());
    // With 3.1.1 that would bring what is retained, and so the next overflow, for ever.
    if (held && session.is_fetched && version_ == Version::v3) { continue; }
    if (!held) { granted_.ask(entry.wanted.filter); }
    asked.push_back(i);
  }
  // Before the broker is asked: what it then may have is known as well when the power goes.
  remember();
  for (const uint32_t index : asked) { ask(index); }
  if (waiting_ == 0) { report(0); }
}

void Subscriber::give_up_stale(const char* why) {
  stale_.clear();
  for (const auto& granted : granted_.filters()) {
    const std::string& filter = granted.first;
    const bool wanted = std::any_of(entries_.begin(), entries_.end(),
                                    [&](const Entry& entry) { return entry.wanted.filter == filter; });
    if (!wanted && stale_.size() < Paho::max_index) { stale_.push_back(filter); }
  }
  for (uint32_t i = 0; i < stale_.size(); ++i) {
    ++waiting_;
    host_.info("unsubscribing from '" + stale_[i] + "', " + why);
    paho_->unsubscribe(stale_[i], i);
  }
}

void Subscriber::leave() {
  if (paho_ == nullptr) { return; }
  stale_.clear();
  waiting_ = entries_.size();
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    entries_[i].waits = false;
    stale_.push_back(entries_[i].wanted.filter);
    paho_->unsubscribe(stale_[i], i);
  }
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
  if (reason >= 0x80) {
    entry.refused = reason;
    granted_.ask(entry.wanted.filter);
  } else {
    granted_.grant(entry.wanted.filter, entry.wanted.how());
    if (reason < entry.wanted.qos) {
      host_.warn("the broker gives '" + entry.wanted.filter + "' with QoS " + std::to_string(reason) + " instead of " +
                 std::to_string(entry.wanted.qos));
    }
  }
  answered(now_ns);
}

void Subscriber::on_unsubscribed(uint32_t index, uint8_t reason, int64_t now_ns) {
  if (index >= stale_.size() || stale_[index].empty()) { return; }
  if (reason >= 0x80) {
    host_.warn("unsubscribe from '" + stale_[index] + "': " + reason_words(reason));
  } else {
    granted_.forget(stale_[index]);
  }
  stale_[index].clear();
  answered(now_ns);
}

void Subscriber::answered(int64_t now_ns) {
  if (waiting_ == 0 || --waiting_ > 0) { return; }
  remember();
  if (next_) { return begin_next(now_ns); }
  report(now_ns);
}

void Subscriber::remember() {
  try {
    granted_.save();
    said_memory_ = false;
  } catch (const std::exception& error) {
    if (said_memory_) { return; }
    said_memory_ = true;
    host_.warn("the subscriptions of this session are known until the end of the process only: " +
               std::string{error.what()});
  }
}

// 3.1.1 knows a filter and a QoS.
void Subscriber::say_options() {
  if (version_ == Version::v5 || said_options_) { return; }
  for (const Entry& entry : entries_) {
    if (!entry.wanted.has_options()) { continue; }
    said_options_ = true;
    host_.warn("with MQTT 3.1.1 'no_local', 'retain_as_published' and 'retain_handling' of '" + entry.wanted.filter +
               "' are not possible");
    return;
  }
}

// Tells the host, once all are answered, which the broker does not give, or that it gives all now.
void Subscriber::report(int64_t now_ns) {
  std::string missing;
  bool again = false;
  for (const Entry& entry : entries_) {
    if (entry.refused == 0 && entry.lacking.empty()) { continue; }
    again = again || entry.refused != 0;
    missing += (missing.empty() ? "'" : ", '") + entry.wanted.filter +
               "': " + (entry.refused == 0 ? entry.lacking : reason_words(entry.refused) + quoted(entry.reason_text));
  }
  const std::string next = again ? ", next try in " + duration_words(again_after_ns_) : "";
  if (missing.empty() && !reported_.empty()) { host_.report(CULVERT_OK, "the broker gives every subscription now"); }
  if (!missing.empty() && missing != reported_) { host_.report(CULVERT_AGAIN, "subscribe to " + missing + next); }
  again_ns_ = again ? now_ns + again_after_ns_ : CULVERT_NEVER;
  again_after_ns_ = again ? std::min(again_after_ns_ * 2, last_again_ns) : first_again_ns;
  reported_ = missing;
}

int64_t Subscriber::poll(int64_t now_ns) {
  if (paho_ == nullptr) { return CULVERT_NEVER; }
  if (waiting_ > 0) { return answer_by_ns_; }
  if (now_ns < again_ns_) { return again_ns_; }
  again_ns_ = CULVERT_NEVER;
  answer_by_ns_ = now_ns + answer_wait_ns;
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].refused != 0) { ask(i); }
  }
  return answer_by_ns_;
}

}  // namespace culvert::mqtt
