// SPDX-License-Identifier: MIT
#include "guard.hpp"

#include "reasons.hpp"
#include "wire.hpp"
#include "words.hpp"

#include <algorithm>
#include <utility>

namespace culvert::mqtt {

namespace {

constexpr uint8_t malformed = 0x81, protocol_error = 0x82, packet_too_large = 0x95;
// Acknowledgements and what was held are small. A broker that makes us answer and does not read is left.
constexpr std::size_t max_outgoing = 8 << 20;

}  // namespace

Guard::Guard(Version version, std::string connect, bool uses_aliases, const GuardWorld& world)
    : version_{version},
      connect_{std::move(connect)},
      uses_aliases_{uses_aliases},
      world_{world},
      sender_{version, world.ids, world.listener} {}

bool Guard::from_paho(Buffer& in) {
  for (;;) {
    Packet packet;
    std::size_t size = 0;
    switch (cut_packet(in.view(), packet, size)) {
      case Cut::more:
        return true;
      case Cut::broken:
      case Cut::oversize:
        return end("the client sent a packet that is none, or too large");
      case Cut::whole:
        break;
    }
    if (!take_from_paho(packet)) { return false; }
    in.consume(size);
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
    if (!skip(in)) { return answer(), true; }
    Packet packet;
    std::size_t size = 0;
    switch (cut_packet(in.view(), packet, size)) {
      case Cut::more:
        answer();
        return out_.to_broker.size() <= max_outgoing || end("the broker sends, and does not read the answers");
      case Cut::broken:
        return cut(malformed, "the broker sent a packet with a malformed length");
      case Cut::oversize:
        if (!begin_skip(packet, size)) { return why_.empty(); }
        continue;
      case Cut::whole:
        break;
    }
    if (auto fault = fault_of(packet, version_); !fault.empty()) {
      return cut(malformed, "the broker broke the protocol: " + std::move(fault));
    }
    if (!take_from_broker(packet)) { return false; }
    in.consume(size);
  }
}

bool Guard::take_from_paho(const Packet& packet) {
  if (!connect_sent_) {
    if (packet.type() != PacketType::connect) { return end("the client did not begin with CONNECT"); }
    // Paho's CONNECT knows neither user nor keep-alive: ours goes in its place.
    out_.to_broker.append(connect_);
    connect_sent_ = true;
    return true;
  }
  if (!accepted_ || disconnected_) { return end("the client sent a packet out of turn"); }
  switch (packet.type()) {
    case PacketType::publish:
    case PacketType::pubrel:
    case PacketType::subscribe:
    case PacketType::unsubscribe: {
      go_on();
      auto fault = sender_.send(packet, out_);
      return fault.empty() || end(std::move(fault));
    }
    case PacketType::pingreq:
      wake_paho();
      return true;
    case PacketType::disconnect:
      // One that nobody asked for is Paho giving up: without it the broker publishes the will.
      if (!world_.orders.disconnect_expected) { return end("the client ended the connection"); }
      disconnected_ = true;
      out_.to_broker.append(packet.whole);
      return true;
    default:
      return end("the client sent a packet that no client sends");
  }
}

bool Guard::take_from_broker(const Packet& packet) {
  if (packet.type() == PacketType::connack) { return take_connack(packet); }
  if (!accepted_) { return end("the broker broke the protocol: a packet before CONNACK"); }
  switch (packet.type()) {
    case PacketType::publish:
      return take_publish(packet);
    case PacketType::pubrel:
      world_.gate.release(packet_id(packet));
      if (!disconnected_) { out_.to_broker.append(encode_ack(PacketType::pubcomp, packet_id(packet))); }
      return true;
    case PacketType::pingresp:
      if (pings_.empty()) { return true; }
      world_.gate.read(pings_.front().sent);
      world_.listener.on_confirmed(pings_.front().answered, pings_.front().asks);
      pings_.pop_front();
      answer();
      return true;
    case PacketType::disconnect:
      return take_disconnect(packet);
    default:
      break;
  }
  // With DISCONNECT all is said.
  if (disconnected_) { return true; }
  auto fault = sender_.take_answer(packet, out_);
  return fault.empty() || cut(protocol_error, "the broker broke the protocol: " + std::move(fault));
}

bool Guard::take_connack(const Packet& packet) {
  if (accepted_ || !connect_sent_) {
    return cut(protocol_error, "the broker broke the protocol: a CONNACK out of turn");
  }
  std::string fault;
  const auto connack = parse_connack(packet, version_, fault);
  if (!connack) { return end("the broker broke the protocol: " + fault); }
  // MQTT-3.2.2-1 of 3.1.1, MQTT-3.2.2-2 of 5; and MQTT-3.2.2-4 of 5 has a client close that knows no such session.
  if (connack->session_present && world_.orders.clean_start) {
    return end("the broker broke the protocol: it resumes a session where CONNECT began a new one");
  }
  reason_ = connack->code;
  world_.listener.on_connack(*connack);
  if (connack->code != 0) {
    server_reference_ = connack->server_reference;
    return end("the broker refused the connection: " + connack_words(version_, connack->code) +
               quoted(connack->reason));
  }
  accepted_ = true;
  resumed_ = connack->session_present && world_.orders.resumes;
  has_session_ = world_.orders.keeps_session && connack->session_expiry_s != 0u;
  // Paho counts from 1 in a session that is new to it. This broker may have one of ours all the same, and in it ids of
  // QoS 2 whose exchange is not over.
  if (!resumed_) { world_.ids.renew(); }
  world_.gate.begin(connack->session_present);
  world_.listener.on_confirmed(world_.gate.answered(), true);
  sender_.begin(*connack, uses_aliases_, resumed_);
  server_keep_alive_s_ = connack->server_keep_alive_s;
  out_.to_paho.append(encode_plain_connack(version_, resumed_).substr(first_to_paho().size()));
  return true;
}

bool Guard::take_disconnect(const Packet& packet) {
  const auto said = parse_disconnect(packet);
  reason_ = said.reason;
  server_reference_ = said.server_reference;
  return end("the broker disconnected: " + reason_words(said.reason) + quoted(said.text));
}

bool Guard::take_publish(const Packet& packet) {
  PublishView publish;
  if (auto fault = read_publish(packet, version_, publish); !fault.empty()) {
    return cut(malformed, "the broker broke the protocol: " + std::move(fault));
  }
  if (publish.qos > 0) {
    take_message(packet, publish);
  } else if (!publish.unfit.empty()) {
    discard(Discard::unfit, publish, std::string{publish.unfit});
  } else if (!world_.flow.is_shut() && world_.flow.let_in(true, Inbound::size_of(packet))) {
    give(packet, 0);
  } else {
    world_.flow.drop();
  }
  return true;
}

// What cannot be given to the node is not acknowledged either: the session gives it again, and for the sake of the
// order everything after it. Without a session nothing would, but for what the broker retains: that would come, and be
// too much, with each connection anew. What the node may never have is acknowledged: it would come again for ever.
void Guard::take_message(const Packet& packet, const PublishView& publish) {
  const Gate::Arrival arrival{publish.qos, publish.id, publish.duplicate, digest_of(publish.topic, publish.payload)};
  if (world_.gate.knows(arrival)) {
    world_.gate.arrive(arrival);
    world_.flow.repeat();
    return;
  }
  if (world_.flow.is_shut() || overflowed_) { return; }
  if (!publish.unfit.empty()) {
    world_.gate.refuse(arrival);
    return discard(Discard::unfit, publish, std::string{publish.unfit});
  }
  if (world_.flow.let_in(false, Inbound::size_of(packet))) { return give(packet, world_.gate.arrive(arrival)); }
  overflowed_ = has_session_;
  if (overflowed_) { return world_.listener.on_overflow(); }
  world_.gate.refuse(arrival);
  discard(Discard::no_room, publish,
          "more than " + std::to_string(world_.flow.max_unsettled()) +
              " bytes wait for room in the routes from here (option 'max_unsettled'), and no session would give it "
              "again");
}

void Guard::discard(Discard why, const PublishView& publish, const std::string& words) {
  world_.listener.on_discard(why, "on '" + told(publish.topic) + "' thrown away: " + words);
}

void Guard::give(const Packet& packet, uint64_t number) {
  world_.listener.on_message(std::make_unique<Inbound>(packet, version_, number));
}

// A broker of MQTT 5 has heard what we take. With 3.1.1, which has no words for it, a message that is too large is read
// to its end, thrown away, and acknowledged: it would come again for ever. False while its head is not there.
bool Guard::begin_skip(const Packet& packet, std::size_t size) {
  const std::string what = "a packet of " + std::to_string(size) + " bytes, more than " + std::to_string(max_packet);
  if (version_ == Version::v5 || packet.type() != PacketType::publish || packet.qos() == 3 || !accepted_) {
    return cut(packet_too_large, "the broker sent " + what);
  }
  WireReader head{packet.body};
  const auto topic = head.text();
  const uint16_t id = packet.qos() > 0 ? head.u16() : uint16_t{0};
  if (!head.ok()) { return false; }
  if (packet.qos() > 0 && id == 0) { return end("the broker broke the protocol: PUBLISH with packet id 0"); }
  skipped_.size = skipped_.left = size;
  skipped_.arrival = {static_cast<uint8_t>(packet.qos()), id, packet.duplicate(),
                      digest_of(topic, std::to_string(size))};
  return true;
}

// True when nothing is left to be thrown away.
bool Guard::skip(Buffer& in) {
  if (skipped_.left == 0) { return true; }
  const std::size_t some = std::min(skipped_.left, in.size());
  in.consume(some);
  skipped_.left -= some;
  if (skipped_.left > 0) { return false; }
  if (skipped_.arrival.qos > 0 && (world_.flow.is_shut() || overflowed_)) { return true; }
  if (skipped_.arrival.qos > 0) { world_.gate.refuse(skipped_.arrival); }
  world_.listener.on_discard(Discard::oversize, "of " + std::to_string(skipped_.size) +
                                                    " bytes thrown away: more than " + std::to_string(max_packet) +
                                                    " are not taken");
  return true;
}

void Guard::go_on() {
  if (accepted_ && !disconnected_ && world_.orders.takes_publishes) { sender_.go_on(out_); }
}

void Guard::answer() {
  if (!accepted_ || disconnected_) { return; }
  world_.gate.answer(out_.to_broker);
  if (world_.gate.is_held() && pings_.empty()) { ping(false); }
}

// PINGRESP: Paho, which sends no PINGREQ, takes note of it and no more.
void Guard::wake_paho() {
  if (accepted_) { out_.to_paho.append(std::string_view{"\xd0\0", 2}); }
}

void Guard::ping(bool asks) {
  if (!accepted_ || disconnected_) { return; }
  out_.to_broker.append(std::string_view{"\xc0\0", 2});
  pings_.push_back({world_.gate.answered(), world_.gate.sent(), asks});
}

// Says why to a broker that has a word for it. The will is published all the same.
bool Guard::cut(uint8_t reason, std::string why) {
  if (version_ == Version::v5 && accepted_ && !disconnected_) {
    out_.to_broker.append(WireWriter{}.u8(0xe0).u8(1).u8(reason).take());
    disconnected_ = true;
  }
  return end(std::move(why));
}

}  // namespace culvert::mqtt
