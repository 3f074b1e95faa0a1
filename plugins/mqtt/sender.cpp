// SPDX-License-Identifier: MIT
#include "sender.hpp"

#include "properties.hpp"
#include "wire.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace culvert::mqtt {

namespace {

constexpr uint8_t packet_too_large = 0x95, retain_not_supported = 0x9a, qos_not_supported = 0x9b;
// What an alias may add: the property, and one byte more for each of the two lengths.
constexpr std::size_t alias_size = 3, alias_and_lengths = alias_size + 2;

// With another id. Both stand behind the fixed header.
std::string with_id(const Packet& packet, uint16_t id) {
  const std::size_t header = packet.whole.size() - packet.body.size();
  return WireWriter{}.raw(packet.whole.substr(0, header)).u16(id).raw(packet.body.substr(2)).take();
}

// How many filters a SUBSCRIBE or UNSUBSCRIBE asks for; 0 when it is malformed.
std::size_t count_filters(const Packet& packet, Version version) {
  WireReader in{packet.body};
  in.u16();
  if (version == Version::v5) { in.bytes(in.varint()); }
  std::size_t count = 0;
  for (; in.left() > 0; ++count) {
    in.text();
    if (packet.type() == PacketType::subscribe) { in.u8(); }
  }
  return in.ok() ? count : 0;
}

}  // namespace

/// The parts of a PUBLISH of Paho.
struct Sender::Publish {
  Packet packet;
  std::string_view topic, properties, payload;
  uint16_t id = 0;

  static std::optional<Publish> read(const Packet& packet, Version version) {
    WireReader in{packet.body};
    Publish found;
    found.packet = packet;
    found.topic = in.text();
    if (packet.qos() > 0) { found.id = in.u16(); }
    if (version == Version::v5) { found.properties = in.bytes(in.varint()); }
    found.payload = in.bytes(in.left());
    const bool whole = in.ok() && !found.topic.empty() && packet.qos() < 3 && (found.id != 0) == (packet.qos() > 0);
    return whole ? std::optional{found} : std::nullopt;
  }
};

void Sender::begin(const Connack& limits, bool uses_aliases, bool resumed) {
  limits_ = limits;
  stage_ = resumed ? Stage::gather : Stage::give_back;
  aliases_ = TopicAliases{uses_aliases && version_ == Version::v5 ? limits.topic_alias_maximum : uint16_t{0}};
}

void Sender::go_on(Ways& out) {
  if (std::exchange(stage_, Stage::pass) != Stage::gather) { return; }
  std::sort(held_.begin(), held_.end(),
            [this](const Held& one, const Held& other) { return ids_.ahead(one.id) < ids_.ahead(other.id); });
  release_held(out);
}

std::string Sender::send(const Packet& packet, Ways& out) {
  if (packet.type() == PacketType::publish) { return send_publish(packet, out); }
  const uint16_t id = packet_id(packet);
  if (id == 0) { return "the client sent a packet id of 0"; }
  if (packet.type() != PacketType::pubrel) { return send_subscribe(packet, out); }
  send_pubrel(id, out);
  return "";
}

std::string Sender::send_publish(const Packet& packet, Ways& out) {
  const auto publish = Publish::read(packet, version_);
  if (!publish) { return "the client sent a malformed PUBLISH"; }
  if (publish->id != 0) {
    take_publish(*publish, out);
  } else if (obstacle(*publish) == 0) {
    write(*publish, out);
  }
  return "";
}

// What Paho sends again was sent on this connection, or will be: it repeats in several turns, and also what is not
// acknowledged after 10 s, which MQTT 5 forbids.
void Sender::take_publish(const Publish& publish, Ways& out) {
  if (publish.packet.duplicate() && pending_.count(publish.id) > 0) { return; }
  if (stage_ == Stage::gather) { listener_.on_repeated(publish.id, true); }
  const uint8_t reason = stage_ == Stage::give_back ? GuardListener::not_sent : obstacle(publish);
  if (reason != 0) {
    refuse(publish, reason, out);
  } else if (stage_ == Stage::gather || !held_.empty() || !may_send(publish.packet.qos())) {
    pending_[publish.id].wait = Wait::turn;
    held_.push_back({publish.id, std::string{publish.packet.whole}});
  } else {
    write_counted(publish, out);
  }
}

uint8_t Sender::obstacle(const Publish& publish) const noexcept {
  if (publish.packet.whole.size() > limits_.maximum_packet) { return packet_too_large; }
  if ((publish.packet.flags() & 1) != 0 && !limits_.retain_available) { return retain_not_supported; }
  return publish.packet.qos() > limits_.maximum_qos ? qos_not_supported : uint8_t{0};
}

void Sender::refuse(const Publish& publish, uint8_t reason, Ways& out) {
  listener_.on_publish_refused(publish.id, reason);
  const bool qos2 = publish.packet.qos() == 2;
  if (qos2) { pending_[publish.id].wait = Wait::release; }
  out.to_paho.append(encode_ack(qos2 ? PacketType::pubrec : PacketType::puback, publish.id));
}

bool Sender::may_send(unsigned qos) const noexcept {
  return unanswered_ < limits_.receive_maximum && (qos != 2 || unanswered_qos2_ < limits_.qos2_maximum);
}

// From now on with this QoS; 0: no more.
void Sender::count(Pending& pending, uint8_t qos) noexcept {
  unanswered_ -= pending.counts == 0 ? 0 : 1;
  unanswered_qos2_ -= pending.counts == 2 ? 1 : 0;
  pending.counts = qos;
  unanswered_ += qos == 0 ? 0 : 1;
  unanswered_qos2_ += qos == 2 ? 1 : 0;
}

void Sender::write_counted(const Publish& publish, Ways& out) {
  Pending& pending = pending_[publish.id];
  count(pending, static_cast<uint8_t>(publish.packet.qos()));
  pending.wait = pending.counts == 2 ? Wait::pubrec : Wait::puback;
  if (!publish.packet.duplicate()) { use(publish.id); }
  write(publish, out);
}

void Sender::write(const Publish& publish, Ways& out) {
  const bool fits = publish.packet.whole.size() + alias_and_lengths <= limits_.maximum_packet;
  const auto [alias, is_known] = fits ? aliases_.use(publish.topic) : TopicAliases::Use{};
  const std::string_view topic = is_known ? std::string_view{} : publish.topic;
  WireWriter head;
  head.text(topic);
  if (publish.id != 0) { head.u16(ids_.to_wire(publish.id)); }
  if (version_ == Version::v5) {
    head.varint(publish.properties.size() + (alias == 0 ? 0 : alias_size)).raw(publish.properties);
    if (alias != 0) { head.u8(property::topic_alias).u16(alias); }
  }
  WireWriter first;
  first.raw(publish.packet.whole.substr(0, 1)).varint(head.bytes().size() + publish.payload.size());
  out.to_broker.append(first.bytes());
  out.to_broker.append(head.bytes());
  out.to_broker.append(publish.payload);
}

void Sender::use(uint16_t id) {
  if (ids_.use(id)) { listener_.on_ids_used(); }
}

std::string Sender::send_subscribe(const Packet& packet, Ways& out) {
  const uint16_t id = packet_id(packet);
  const std::size_t filters = count_filters(packet, version_);
  if (filters == 0) { return "the client sent a malformed SUBSCRIBE or UNSUBSCRIBE"; }
  const bool subscribes = packet.type() == PacketType::subscribe;
  // MQTT 3.1.1 answers UNSUBSCRIBE without a code.
  const std::size_t codes = subscribes || version_ == Version::v5 ? filters : 0;
  Pending& pending = pending_[id];
  pending.wait = subscribes ? Wait::suback : Wait::unsuback;
  pending.codes = codes;
  use(id);
  out.to_broker.append(with_id(packet, ids_.to_wire(id)));
  return "";
}

void Sender::send_pubrel(uint16_t id, Ways& out) {
  const auto found = pending_.find(id);
  if (found != pending_.end() && found->second.wait == Wait::release) {
    finish(id, out);
    out.to_paho.append(encode_ack(PacketType::pubcomp, id));
    return;
  }
  if (found != pending_.end() && found->second.wait == Wait::pubcomp) { return; }
  if (stage_ == Stage::gather) { listener_.on_repeated(id, false); }
  pending_[id].wait = Wait::pubcomp;
  out.to_broker.append(encode_ack(PacketType::pubrel, ids_.to_wire(id)));
}

// An answer that nobody waits for is passed over: Paho would look for what it belongs to, and a broker that sends many
// would fill the way to it. PUBREC alone is answered, since a broker may keep a message until it is released.
std::string Sender::take_answer(const Packet& packet, Ways& out) {
  constexpr auto wait_of = [](PacketType type) {
    switch (type) {
      case PacketType::puback:
        return Wait::puback;
      case PacketType::pubrec:
        return Wait::pubrec;
      case PacketType::pubcomp:
        return Wait::pubcomp;
      case PacketType::suback:
        return Wait::suback;
      default:
        return Wait::unsuback;
    }
  };
  const uint16_t wire_id = packet_id(packet), id = ids_.from_wire(wire_id);
  const auto found = pending_.find(id);
  if (found == pending_.end() || found->second.wait != wait_of(packet.type())) {
    if (packet.type() == PacketType::pubrec) { out.to_broker.append(encode_ack(PacketType::pubrel, wire_id)); }
    return "";
  }
  const bool subscribed = packet.type() == PacketType::suback || packet.type() == PacketType::unsuback;
  if (subscribed) { return take_suback(packet, id, out); }
  take_ack(packet, id, out);
  return "";
}

// Paho reads freed memory on a PUBACK with a failure code, so it is told of success after the refusal was passed on.
void Sender::take_ack(const Packet& packet, uint16_t id, Ways& out) {
  const uint8_t reason = ack_reason(packet);
  const bool refused = reason >= 0x80 && packet.type() != PacketType::pubcomp;
  if (refused) {
    tell_reason_text(packet, id);
    listener_.on_publish_refused(id, reason);
  }
  out.to_paho.append(encode_ack(packet.type(), id));
  if (packet.type() != PacketType::pubrec || refused) { finish(id, out); }
  if (packet.type() == PacketType::pubrec) { pending_[id].wait = refused ? Wait::release : Wait::pubrel; }
}

// With the message's end there is room for what is held.
void Sender::finish(uint16_t id, Ways& out) {
  count(pending_[id], 0);
  pending_.erase(id);
  if (stage_ == Stage::pass) { release_held(out); }
}

void Sender::release_held(Ways& out) {
  for (; !held_.empty(); held_.pop_front()) {
    Packet packet;
    std::size_t size = 0;
    cut_packet(held_.front().bytes, packet, size);
    if (!may_send(packet.qos())) { return; }
    write_counted(*Publish::read(packet, version_), out);
  }
}

std::string Sender::take_suback(const Packet& packet, uint16_t id, Ways& out) {
  const std::size_t wanted = pending_[id].codes;
  const auto codes = answer_codes(packet, version_);
  if (codes.size() != wanted) {
    return "SUBACK or UNSUBACK with " + std::to_string(codes.size()) + " codes instead of " + std::to_string(wanted);
  }
  for (const char code : codes) {
    const auto byte = static_cast<uint8_t>(code);
    const bool known = byte >= 0x80 ? version_ == Version::v5 || byte == 0x80
                                    : byte <= (packet.type() == PacketType::suback ? 2 : 0x11);
    if (!known) { return "SUBACK or UNSUBACK with the code " + std::to_string(byte); }
  }
  tell_reason_text(packet, id);
  finish(id, out);
  if (version_ == Version::v5) {
    const std::string first{packet.whole.substr(0, 1)};
    out.to_paho.append(WireWriter{}.raw(first).varint(3 + codes.size()).u16(id).u8(0).raw(codes).take());
  } else {
    out.to_paho.append(with_id(packet, id));
  }
  return "";
}

void Sender::tell_reason_text(const Packet& packet, uint16_t id) {
  const auto text = reason_string(packet, version_);
  if (!text.empty()) { listener_.on_reason_text(id, text); }
}

}  // namespace culvert::mqtt
