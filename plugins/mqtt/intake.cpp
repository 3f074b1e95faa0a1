// SPDX-License-Identifier: MIT
#include "intake.hpp"

#include "utf8.hpp"
#include "wire.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace culvert::mqtt {

namespace {

std::string on_topic(const PublishView& publish) {
  return "message on '" + std::string{publish.topic.substr(0, 200)} + '\'';
}

// Fills a draft's properties up to their number, and counts what has no place.
class Properties {
 public:
  explicit Properties(Draft& draft) noexcept : draft_{draft} {}
  void add(std::string_view name, std::string_view value) {
    if (count_ < CULVERT_MAX_PROPERTIES) {
      draft_.property(name, value);
      ++count_;
    } else {
      ++left_out_;
    }
  }
  void leave_out() noexcept { ++left_out_; }
  uint32_t left_out() const noexcept { return left_out_; }

 private:
  Draft& draft_;
  uint32_t count_ = 0, left_out_ = 0;
};

// Those with our prefix are ours to set: a publisher somewhere must not decide how this box publishes. Those that keep
// a message from going round go first, so that none of them is left out.
void add_user_properties(const PublishView& publish, Properties& to) {
  for (const bool guards : {true, false}) {
    for (const auto& [name, value] : publish.user_properties) {
      if ((name == LoopGuard::sent_name) != guards) { continue; }
      if (name.starts_with("mqtt.")) {
        to.leave_out();
      } else {
        to.add(name, value);
      }
    }
  }
}

}  // namespace

void Intake::take(std::unique_ptr<Inbound> message) {
  waiting_.push_back(std::move(message));
  ++counts_.received;
}

culvert_status Intake::emit(const Inbound& message, int64_t now_ns) {
  const PublishView& publish = message.publish();
  if (!loop_guard_.knows(publish, now_ns)) { return emit_new(message, now_ns); }
  ++counts_.loops;
  if (loops_.is_due(now_ns)) {
    host_.warn(on_topic(publish) + " dropped: it has come from a broker through here before (option 'loop_guard')" +
               loops_.others());
  }
  return CULVERT_REJECTED;
}

culvert_status Intake::emit_new(const Inbound& message, int64_t now_ns) {
  constexpr std::string_view digits = "012";
  const PublishView& publish = message.publish();
  Draft draft;
  draft.topic(publish.topic).payload(publish.payload, publish.content_type);
  uint32_t flags = 0;
  if (publish.retained) { flags |= CULVERT_RETAINED; }
  if (publish.duplicate) { flags |= CULVERT_DUPLICATE; }
  draft.flags(flags);
  Properties properties{draft};
  const std::string expiry = std::to_string(publish.expiry_s.value_or(0));
  properties.add("mqtt.qos", digits.substr(publish.qos, 1));
  properties.add(LoopGuard::kept_name, loop_guard_.client_id());
  if (publish.expiry_s) { properties.add("mqtt.expiry", expiry); }
  if (publish.is_text && is_utf8(publish.payload)) { properties.add("mqtt.payload_format", "1"); }
  if (publish.response_topic) {
    // No connector would publish to it.
    has_control(*publish.response_topic) ? properties.leave_out()
                                         : properties.add("mqtt.response_topic", *publish.response_topic);
  }
  if (publish.correlation_data) { properties.add("mqtt.correlation_data", *publish.correlation_data); }
  add_user_properties(publish, properties);
  const culvert_status status = host_.emit(draft, message.number());
  if (status == CULVERT_OK && properties.left_out() > 0 && left_out_.is_due(now_ns)) {
    host_.warn(on_topic(publish) + ": " + std::to_string(properties.left_out()) +
               " of its properties left out: a message has at most " + std::to_string(CULVERT_MAX_PROPERTIES) +
               ", and names that begin with 'mqtt.' are the connector's" + left_out_.others());
  }
  return status;
}

void Intake::pop() {
  const Inbound& first = *waiting_.front();
  flow_.take_out(first.number() == 0, first.size());
  waiting_.pop_front();
}

void Intake::drain(int64_t now_ns) {
  if (flow_.is_shut()) { return shut(); }
  for (; !blocked_ && !waiting_.empty(); pop()) {
    const uint64_t number = waiting_.front()->number();
    if (number != 0 && emitted_ >= limit_) { return; }
    const culvert_status status = emit(*waiting_.front(), now_ns);
    blocked_ = status == CULVERT_AGAIN;
    if (blocked_) { return; }
    if (number == 0 || status == CULVERT_CLOSED) { continue; }
    ++emitted_;
    // Of what is refused the host tells no end.
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

// When all had ended as it asked, and still as much is unconfirmed as may be, acknowledgements wait for those of
// messages that wait here: the broker has given them again, for the former ones were lost. They have to go on. An
// answer to what was asked before says nothing of what has ended since.
void Intake::confirm(uint64_t count, bool is_answer) noexcept {
  confirmed_ = count;
  asked_ = asked_ && !is_answer;
  // What was taken on its way to the relay is in the answer as well.
  asked_at_ = std::max(asked_at_, count);
  const bool was_all = is_answer && is_settled() && asked_at_ == emitted_;
  const bool stuck = was_all && emitted_ - confirmed_ >= Gate::receive_maximum;
  limit_ = (stuck ? emitted_ : confirmed_) + Gate::receive_maximum;
}

// At half of what may be unconfirmed, so that the other half goes on meanwhile. One that the node holds for long keeps
// those behind it unconfirmed: then there is something to ask only when more have ended since.
bool Intake::ask_to_confirm() noexcept {
  constexpr uint64_t half = Gate::receive_maximum / 2;
  const uint64_t unconfirmed = emitted_ - confirmed_, fresh = taken_ - asked_at_;
  const bool asks = !asked_ && unconfirmed >= half && fresh >= (unconfirmed < Gate::receive_maximum ? half : 1);
  if (asks) { asked_at_ = taken_; }
  asked_ = asked_ || asks;
  return asks;
}

uint64_t& Intake::count_of(Discard why) noexcept {
  switch (why) {
    case Discard::oversize:
      return counts_.oversize;
    case Discard::no_room:
      return counts_.no_room;
    case Discard::unfit:
      break;
  }
  return counts_.unfit;
}

void Intake::say_discarded(Discard why, const std::string& what, int64_t now_ns) {
  ++count_of(why);
  Saying& saying = discarded_.at(static_cast<std::size_t>(why));
  if (saying.is_due(now_ns)) { host_.warn("message " + what + saying.others()); }
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
