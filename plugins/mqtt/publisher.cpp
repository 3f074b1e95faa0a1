// SPDX-License-Identifier: MIT
#include "publisher.hpp"

#include "client_id.hpp"
#include "clock.hpp"
#include "guard.hpp"
#include "reasons.hpp"
#include "utf8.hpp"
#include "wire.hpp"
#include "words.hpp"

#include <culvert/reason.hpp>

#include <algorithm>
#include <utility>

namespace culvert::mqtt {

Publisher::Publisher(Host host, const Options& options, LoopGuard& loop_guard, Counts& counts)
    : host_{host},
      options_{options},
      loop_guard_{loop_guard},
      counts_{counts},
      slots_(max_window),
      pause_{options.backoff_min_ns, options.backoff_max_ns},
      bucket_{options.max_rate, options.burst} {
  for (uint32_t i = max_window; i > 0; --i) { free_.push_back(i - 1); }
}

void Publisher::open(Paho& paho, Version version, const Connack& limits) {
  paho_ = &paho;
  version_ = version;
  limits_ = limits;
  qos_lowered_ = false;
}

void Publisher::close() noexcept {
  paho_ = nullptr;
  for (Slot& slot : slots_) { slot.repeated = false; }
}

bool Publisher::has_room(std::size_t bytes, uint8_t qos) const noexcept {
  if (qos == 2 && qos2_under_way_ >= limits_.qos2_maximum) { return false; }
  const auto window = std::min<uint32_t>({max_window, options_.window, limits_.receive_maximum});
  return under_way() < window && (bytes_ == 0 || bytes_ + bytes <= max_bytes);
}

culvert_status Publisher::put_off(std::size_t bytes, uint8_t qos) noexcept {
  host_waits_ = true;
  wanted_bytes_ = bytes;
  wanted_qos_ = qos;
  return CULVERT_AGAIN;
}

culvert_status Publisher::process(MessageView message, uint64_t token) {
  const std::size_t bytes = message.topic().size() + message.payload().size();
  if (paho_ == nullptr || !has_room(bytes, 0) || now_ns() < may_go_ns()) { return put_off(bytes, 0); }
  if (message.is_record()) { return reject(token, message.topic(), "it is a record, and only payloads are taken"); }
  if (has_control(message.topic())) { return reject(token, message.topic(), "its topic holds a control character"); }
  if (auto fault = read_outbound(message, options_, wall_ns(), outbound_); !fault.empty()) {
    return reject(token, message.topic(), fault);
  }
  mark_forwarded(message);
  if (auto fault = fit_broker(); !fault.empty()) { return reject(token, message.topic(), fault); }
  return send(message, token);
}

// What came from a broker says on its way to the next one who received it, and who passes it on: there are
// subscriptions at both brokers that may bring it back.
void Publisher::mark_forwarded(MessageView message) {
  const auto from = message.property(LoopGuard::kept_name);
  forwarded_ = from && is_mqtt_text(*from) && loop_guard_.is_on();
  if (!forwarded_ || version_ != Version::v5) { return; }
  outbound_.add_user(LoopGuard::sent_name, *from);
  if (*from != loop_guard_.client_id()) { outbound_.add_user(LoopGuard::sent_name, loop_guard_.client_id()); }
}

// Makes of the message what the broker takes, or answers why that cannot be.
std::string Publisher::fit_broker() {
  if (outbound_.size > std::min<std::size_t>(limits_.maximum_packet, max_packet)) {
    const bool is_broker = limits_.maximum_packet < max_packet;
    return (is_broker ? "the broker takes packets of " + std::to_string(limits_.maximum_packet)
                      : "packets have at most " + std::to_string(max_packet)) +
           " bytes, this one would have about " + std::to_string(outbound_.size);
  }
  if (outbound_.retain && !limits_.retain_available) { return "the broker retains no messages"; }
  if (outbound_.qos > limits_.maximum_qos) {
    outbound_.qos = limits_.maximum_qos;
    if (!std::exchange(qos_lowered_, true)) {
      host_.warn("the broker takes QoS " + std::to_string(outbound_.qos) + " at most: publishing with that");
    }
  }
  if (version_ == Version::v3 && outbound_.has_properties && !std::exchange(properties_dropped_, true)) {
    host_.warn("with MQTT 3.1.1 expiry, response topic, correlation data and payload format are left out");
  }
  return "";
}

culvert_status Publisher::send(MessageView message, uint64_t token) {
  const uint8_t qos = outbound_.qos;
  if (!has_room(0, qos)) { return put_off(0, qos); }

  const uint32_t index = free_.back();
  Slot& slot = slots_[index];
  slot.topic = message.topic();
  const int id = paho_->publish({.topic = slot.topic,
                                 .payload = message.payload(),
                                 .properties = outbound_.properties,
                                 .qos = qos,
                                 .retain = outbound_.retain},
                                index);
  if (id == Paho::never) { return reject(token, message.topic(), "its topic is not valid UTF-8"); }
  if (id < 0) {
    // The end of the connection is on its way to us.
    paused_until_ns_ = now_ns() + 10'000'000;
    return put_off(0, qos);
  }
  free_.pop_back();
  bucket_.take(now_ns());
  if (forwarded_ && version_ == Version::v3) { loop_guard_.remember(message.topic(), message.payload(), now_ns()); }
  slot.token = token;
  slot.bytes = outbound_.size;
  slot.packet_id = id;
  slot.qos = qos;
  slot.refused = 0;
  slot.reason_text.clear();
  bytes_ += slot.bytes;
  if (qos == 2) { ++qos2_under_way_; }
  ++counts_.published;
  return CULVERT_PENDING;
}

Publisher::Slot* Publisher::find(uint16_t packet_id) noexcept {
  const auto found =
      std::find_if(slots_.begin(), slots_.end(), [&](const Slot& slot) { return slot.packet_id == packet_id; });
  return found == slots_.end() ? nullptr : &*found;
}

void Publisher::on_reason_text(uint16_t packet_id, const std::string& text) {
  if (Slot* slot = find(packet_id)) { slot->reason_text = text; }
}

void Publisher::on_refused(uint16_t packet_id, uint8_t reason) {
  if (Slot* slot = find(packet_id)) { slot->refused = reason; }
}

// A PUBLISH that goes once more gets an answer of its own, whatever the former one was.
void Publisher::on_repeated(uint16_t packet_id, bool is_publish) {
  Slot* const slot = find(packet_id);
  if (slot == nullptr) { return; }
  slot->repeated = true;
  if (is_publish) { slot->refused = 0, slot->reason_text.clear(); }
}

// Of QoS 0 nothing is repeated: it leaves Paho once, and that is its end.
bool Publisher::is_repeated() const noexcept {
  return std::all_of(slots_.begin(), slots_.end(),
                     [](const Slot& slot) { return slot.packet_id <= 0 || slot.repeated; });
}

// A refused message whose fate is another try is offered again behind what is in flight.
culvert_status Publisher::end_refused(const Slot& slot, int64_t now_ns) {
  if (slot.refused == GuardListener::not_sent) { return CULVERT_AGAIN; }
  ++counts_.refused;
  const std::string what = reason_words(slot.refused) + quoted(slot.reason_text);
  const Fate fate = fate_of_publish(slot.refused);
  if (fate == Fate::dead_letter) { return reject(slot.token, slot.topic, "the broker refused it: " + what); }
  int64_t pause_ns = 0;
  if (fate == Fate::again_later) {
    // Of many that are refused together only the first makes the pause longer.
    if (now_ns >= paused_until_ns_) { paused_until_ns_ = now_ns + pause_.next_ns(random_number()); }
    pause_ns = paused_until_ns_ - now_ns;
  }
  if (again_.is_due(now_ns)) {
    host_.warn("message on '" + std::string{slot.topic.substr(0, 200)} + "' refused: " + what +
               ", it goes again behind what is on its way" + (pause_ns == 0 ? "" : " in " + duration_words(pause_ns)) +
               again_.others());
  }
  return CULVERT_AGAIN;
}

void Publisher::on_published(uint32_t index, bool acknowledged, int64_t now_ns) {
  Slot& slot = slots_.at(index);
  if (slot.packet_id < 0) { return; }
  culvert_status status = acknowledged ? CULVERT_OK : CULVERT_AGAIN;
  if (acknowledged && slot.refused != 0) {
    status = end_refused(slot, now_ns);
  } else if (acknowledged && slot.qos > 0) {
    pause_.reset();
  }
  bytes_ -= slot.bytes;
  if (slot.qos == 2) { --qos2_under_way_; }
  slot.packet_id = -1;
  free_.push_back(index);
  if (status == CULVERT_OK) { ++counts_.acknowledged; }
  if (status == CULVERT_AGAIN) { ++counts_.given_back; }
  host_.complete(slot.token, status);
}

void Publisher::give_back(int64_t now_ns) {
  for (uint32_t index = 0; index < max_window; ++index) { on_published(index, false, now_ns); }
}

int64_t Publisher::poll(int64_t now_ns) {
  if (!host_waits_ || paho_ == nullptr) { return CULVERT_NEVER; }
  if (now_ns < may_go_ns()) { return may_go_ns(); }
  if (has_room(wanted_bytes_, wanted_qos_)) {
    host_waits_ = false;
    host_.ready();
  }
  return CULVERT_NEVER;
}

culvert_status Publisher::reject(uint64_t token, std::string_view topic, const std::string& why) {
  ++counts_.set_aside;
  if (rejected_.is_due(now_ns())) {
    host_.warn("message on '" + std::string{topic.substr(0, 200)} + "' set aside: " + why + rejected_.others());
  }
  return culvert::reject(host_, token, why);
}

}  // namespace culvert::mqtt
