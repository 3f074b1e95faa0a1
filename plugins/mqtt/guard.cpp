// SPDX-License-Identifier: MIT
#include "guard.hpp"

#include "reasons.hpp"
#include "words.hpp"

#include <utility>

namespace culvert::mqtt {

Guard::Guard(Version version, std::string connect, Flow& flow, Gate& gate, GuardListener& listener,
             const GuardOrders& orders)
    : version_{version}, connect_{std::move(connect)}, flow_{flow}, gate_{gate}, listener_{listener}, orders_{orders} {}

bool Guard::from_paho(Buffer& in) {
  for (;;) {
    Packet packet;
    switch (cut_packet(in.view(), packet, why_)) {
      case Cut::more:
        return true;
      case Cut::broken:
        return false;
      case Cut::whole:
        break;
    }
    if (!take_from_paho(packet)) { return false; }
    in.consume(packet.whole.size());
  }
}

// The first byte tells CONNACK, or what MQTT 5 may send instead of it, from the banner of another server: a length that
// is read from one may be anything.
bool Guard::is_mqtt(std::string_view first) const noexcept {
  const auto byte = static_cast<uint8_t>(first[0]);
  return byte == 0x20 || (version_ == Version::v5 && (byte == 0xe0 || byte == 0xf0));
}

bool Guard::from_broker(Buffer& in) {
  if (!accepted_ && !in.empty() && !is_mqtt(in.view())) { return end("it answers, but is no MQTT broker"); }
  for (;;) {
    Packet packet;
    switch (cut_packet(in.view(), packet, why_)) {
      case Cut::more:
        answer();
        return true;
      case Cut::broken:
        return end("the broker sent " + why_);
      case Cut::whole:
        break;
    }
    if (auto fault = fault_of(packet, version_); !fault.empty()) {
      return end("the broker broke the protocol: " + std::move(fault));
    }
    if (!take_from_broker(packet)) { return false; }
    in.consume(packet.whole.size());
  }
}

bool Guard::take_from_paho(const Packet& packet) {
  if (!connect_sent_) {
    if (packet.type() != PacketType::connect) { return end("the client did not begin with CONNECT"); }
    // Paho's CONNECT knows neither user nor keep-alive: ours goes in its place.
    to_broker_.append(connect_);
    connect_sent_ = true;
    return true;
  }
  switch (packet.type()) {
    case PacketType::publish:
      send_publish(packet);
      return true;
    case PacketType::pubrel:
      if (refused_qos2_.erase(packet_id(packet)) > 0) {
        to_paho_.append(encode_ack(PacketType::pubcomp, packet_id(packet)));
        return true;
      }
      break;
    case PacketType::pingreq:
      to_paho_.append(std::string_view{"\xd0\0", 2});
      return true;
    case PacketType::disconnect:
      // One that nobody asked for is Paho giving up: without it the broker publishes the will.
      disconnected_ = true;
      if (!orders_.disconnect_expected) { return end("the client ended the connection"); }
      break;
    default:
      break;
  }
  to_broker_.append(packet.whole);
  return true;
}

// At a reconnect Paho sends all that is in flight at once, whatever the broker allows.
void Guard::send_publish(const Packet& packet) {
  if (packet.qos() == 0) {
    to_broker_.append(packet.whole);
  } else if (!resumed_ && !orders_.takes_publishes) {
    give_back(packet);
  } else if (!held_.empty() || !may_send(packet)) {
    held_.emplace_back(packet.whole);
  } else {
    send_counted(packet);
  }
}

bool Guard::may_send(const Packet& packet) const noexcept {
  return unanswered_ < receive_maximum_ && (packet.qos() != 2 || unanswered_qos2_ < qos2_maximum_);
}

void Guard::send_counted(const Packet& packet) {
  to_broker_.append(packet.whole);
  ++unanswered_;
  if (packet.qos() == 2) { ++unanswered_qos2_; }
}

void Guard::give_back(const Packet& packet) {
  const uint16_t id = publish_head(packet).id;
  listener_.on_publish_refused(id, GuardListener::not_sent);
  if (packet.qos() == 2) { refused_qos2_.insert(id); }
  to_paho_.append(encode_ack(packet.qos() == 2 ? PacketType::pubrec : PacketType::puback, id));
}

void Guard::answered(bool qos2) {
  if (unanswered_ > 0) { --unanswered_; }
  if (qos2 && unanswered_qos2_ > 0) { --unanswered_qos2_; }
  for (; !held_.empty(); held_.pop_front()) {
    const Packet first{held_.front(), {}};
    if (!may_send(first)) { return; }
    send_counted(first);
  }
}

bool Guard::take_from_broker(const Packet& packet) {
  if (packet.type() == PacketType::connack) { return take_connack(packet); }
  if (!accepted_) { return end("the broker broke the protocol: a packet before CONNACK"); }
  switch (packet.type()) {
    case PacketType::publish:
      return take_publish(packet);
    case PacketType::puback:
    case PacketType::pubrec:
    case PacketType::pubcomp:
      take_ack(packet);
      break;
    case PacketType::pubrel:
      gate_.release(packet_id(packet));
      to_broker_.append(encode_ack(PacketType::pubcomp, packet_id(packet)));
      break;
    case PacketType::pingresp:
      if (pings_.empty()) { break; }
      listener_.on_confirmed(pings_.front());
      pings_.pop_front();
      break;
    case PacketType::disconnect: {
      const auto said = parse_disconnect(packet);
      reason_ = said.reason;
      server_reference_ = said.server_reference;
      return end("the broker disconnected: " + reason_words(said.reason) + quoted(said.text));
    }
    default:
      if (version_ == Version::v5) {
        tell_reason_text(packet);
        to_paho_.append(without_properties(packet));
      } else {
        to_paho_.append(packet.whole);
      }
  }
  return true;
}

bool Guard::take_connack(const Packet& packet) {
  if (accepted_ || !connect_sent_) { return end("the broker broke the protocol: a CONNACK out of turn"); }
  std::string fault;
  const auto connack = parse_connack(packet, version_, fault);
  if (!connack) { return end("the broker broke the protocol: " + fault); }
  reason_ = connack->code;
  listener_.on_connack(*connack);
  if (connack->code != 0) {
    server_reference_ = connack->server_reference;
    return end("the broker refused the connection: " + connack_words(version_, connack->code) +
               quoted(connack->reason));
  }
  accepted_ = true;
  resumed_ = connack->session_present && orders_.resumes;
  gate_.begin(connack->session_present);
  receive_maximum_ = connack->receive_maximum;
  qos2_maximum_ = connack->qos2_maximum;
  server_keep_alive_s_ = connack->server_keep_alive_s;
  to_paho_.append(encode_plain_connack(version_, resumed_).substr(first_to_paho().size()));
  return true;
}

bool Guard::take_publish(const Packet& packet) {
  PublishView publish;
  if (auto fault = read_publish(packet, version_, publish); !fault.empty()) {
    return end("the broker broke the protocol: " + std::move(fault));
  }
  if (publish.qos > 0) {
    take_message(packet, publish);
  } else if (!flow_.is_shut() && flow_.let_in(true, Inbound::size_of(packet))) {
    give(packet, 0);
  } else {
    flow_.drop();
  }
  return true;
}

// What cannot be given to the node is not acknowledged either: the session gives it again, and for the sake of the
// order everything after it.
void Guard::take_message(const Packet& packet, const PublishView& publish) {
  const Gate::Arrival arrival{publish.qos, publish.id, publish.duplicate, digest_of(publish.topic, publish.payload)};
  if (gate_.knows(arrival)) {
    gate_.arrive(arrival);
    return;
  }
  if (flow_.is_shut() || overflowed_) { return; }
  overflowed_ = !flow_.let_in(false, Inbound::size_of(packet));
  if (overflowed_) { return listener_.on_overflow(); }
  give(packet, gate_.arrive(arrival));
}

void Guard::give(const Packet& packet, uint64_t number) {
  listener_.on_message(std::make_unique<Inbound>(packet, version_, number));
}

void Guard::answer() {
  if (accepted_ && !disconnected_) { gate_.answer(to_broker_); }
}

void Guard::ping() {
  if (!accepted_ || disconnected_) { return; }
  to_broker_.append(std::string_view{"\xc0\0", 2});
  pings_.push_back(gate_.answered());
}

void Guard::tell_reason_text(const Packet& packet) {
  const auto text = reason_string(packet, version_);
  if (!text.empty()) { listener_.on_reason_text(packet_id(packet), text); }
}

// Paho reads freed memory on a PUBACK with a failure code, so it is told of success after the refusal was passed on.
void Guard::take_ack(const Packet& packet) {
  const uint16_t id = packet_id(packet);
  const uint8_t reason = ack_reason(packet);
  const bool refused = reason >= 0x80 && packet.type() != PacketType::pubcomp;
  if (refused) {
    tell_reason_text(packet);
    listener_.on_publish_refused(id, reason);
    if (packet.type() == PacketType::pubrec) { refused_qos2_.insert(id); }
  }
  to_paho_.append(encode_ack(packet.type(), id));
  if (packet.type() != PacketType::pubrec || refused) { answered(packet.type() != PacketType::puback); }
}

}  // namespace culvert::mqtt
