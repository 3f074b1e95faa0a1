// SPDX-License-Identifier: MIT
/// Fuzz target: what a broker and Paho send, whole packets and any bytes, against the promises of guard, gate and
/// sender. A scenario is a list of steps; each begins with a byte that says which.
#include "tests/fuzz/relay_fuzz.hpp"

#include "tests/fuzz/relay_node.hpp"
#include "wire.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace {

using namespace culvert::mqtt;
using culvert::fuzz::Node;
using culvert::fuzz::require;

/// The scenario's bytes, 0 past their end.
class Script {
 public:
  explicit Script(std::string_view bytes) : in_{bytes} {}
  bool is_over() const { return in_.left() == 0; }
  unsigned next() { return in_.left() == 0 ? 0 : in_.u8(); }
  std::string_view some() { return in_.bytes(std::min<std::size_t>(next(), in_.left())); }

 private:
  WireReader in_;
};

class Scenario {
 public:
  explicit Scenario(std::string_view bytes) : script_{bytes} {
    const unsigned first = script_.next();
    version_ = (first & 1) != 0 ? Version::v3 : Version::v5;
    uses_aliases_ = (first & 2) != 0;
    ids_.begin_at(script_.next() << 8);
    connect();
  }
  int run() {
    while (!script_.is_over()) { step(script_.next()); }
    return broken_;
  }

 private:
  void connect();
  void step(unsigned what);
  void from_broker(std::string_view bytes, bool in_single_bytes);
  void from_paho(std::string_view bytes);
  void look_at_broker_bytes();
  void look_at_paho_bytes();
  void check_to_broker(const Packet& packet) const;
  void end();
  std::string inbound();
  std::string outbound();
  std::string answer();
  std::string request();
  /// One of eight, so that they meet.
  static unsigned one_of_few(unsigned byte) { return 1 + byte % 8; }
  unsigned some_id() { return one_of_few(script_.next()); }
  unsigned some_wire_id() { return ids_.to_wire(static_cast<uint16_t>(some_id())); }
  std::string properties() const { return version_ == Version::v5 ? std::string(1, '\0') : std::string{}; }
  static std::string whole(unsigned first, const std::string& body) {
    return WireWriter{}.u8(first).varint(body.size()).raw(body).take();
  }

  Script script_;
  Version version_;
  bool uses_aliases_;
  Flow flow_{4096};
  Gate gate_;
  PacketIds ids_;
  GuardOrders orders_;
  Node node_{flow_, gate_};
  std::optional<Guard> guard_;
  Buffer broker_, paho_;
  uint64_t looked_at_ = 0;  // of the bytes to the broker
  std::string told_;        // what is not yet a whole packet for Paho
  int broken_ = 0;
};

// A new connection to the same broker, or to another one, up to CONNACK in most cases.
void Scenario::connect() {
  const unsigned how = script_.next();
  gate_.choose((how & 1) != 0 ? "one" : "two");
  orders_.takes_publishes = (how & 2) != 0;
  orders_.disconnect_expected = (how & 4) != 0;
  orders_.resumes = (how & 8) != 0;
  orders_.keeps_session = (how & 128) != 0;
  guard_.emplace(version_, "", uses_aliases_, GuardWorld{flow_, gate_, ids_, node_, orders_});
  broker_ = Buffer{};
  paho_ = Buffer{};
  looked_at_ = 0;
  told_ = std::string{Guard::first_to_paho()};
  node_.forget_overflows();
  if ((how & 16) != 0) { return; }
  from_paho(whole(0x10, ""));
  std::string body{(how & 32) != 0 ? '\1' : '\0'};
  body.push_back('\0');
  if (version_ == Version::v5) {
    const unsigned most = 1 + script_.next() % 4;
    const bool aliases = (how & 64) != 0;
    WireWriter properties;
    properties.u8(33).u16(most);
    if (aliases) { properties.u8(34).u16(most); }
    body += WireWriter{}.varint(properties.bytes().size()).raw(properties.bytes()).take();
  }
  from_broker(whole(0x20, body), false);
}

void Scenario::step(unsigned what) {
  switch (what % 10) {
    case 0:
      node_.expect(std::nullopt);
      return from_broker(script_.some(), (what & 0x80) != 0);
    case 1:
      return from_paho(script_.some());
    case 2:
    case 3:
      return from_broker(inbound(), false);
    case 4:
      return from_paho(outbound());
    case 5:
      return from_broker(answer(), false);
    case 6:
      return from_paho(request());
    case 7:
      if (const auto number = node_.settle(script_.next())) { gate_.settle(*number); }
      guard_->answer();
      if ((what & 0x80) != 0) { guard_->ping(true); }
      break;
    case 8:
      guard_->to_broker().consume(std::min<std::size_t>(script_.next(), guard_->to_broker().size()));
      guard_->written();
      return;
    default:
      return connect();
  }
  look_at_broker_bytes();
}

std::string Scenario::inbound() {
  const unsigned kind = script_.next(), qos = kind % 3;
  WireWriter body;
  const unsigned byte = qos > 0 ? script_.next() : 0, id = qos > 0 ? one_of_few(byte) : 0;
  // Some are unfit.
  body.text(byte >= 0xf0 ? "#" : (kind & 8) != 0 ? "a" : "b/c");
  if (qos > 0) { body.u16(id); }
  node_.expect(std::pair{static_cast<uint8_t>(qos), static_cast<uint16_t>(id)});
  body.raw(properties()).raw(std::string(kind >> 5, 'x'));
  return whole(0x30 | qos << 1 | ((kind & 16) != 0 ? 8u : 0u), body.bytes());
}

std::string Scenario::outbound() {
  const unsigned kind = script_.next(), qos = kind % 3;
  WireWriter body;
  body.text((kind & 8) != 0 ? "a" : (kind & 32) != 0 ? "plant/one" : "plant/two");
  if (qos > 0) { body.u16(some_id()); }
  body.raw(properties()).raw("x");
  return whole(0x30 | qos << 1 | ((kind & 16) != 0 ? 8u : 0u), body.bytes());
}

std::string Scenario::answer() {
  const unsigned kind = script_.next();
  const unsigned reason = version_ == Version::v5 && (kind & 8) != 0 ? script_.next() : 0u;
  WireWriter body;
  switch (kind % 7) {
    case 0:
    case 1:
    case 2: {
      body.u16(some_wire_id());
      if (reason != 0) { body.u8(reason); }
      constexpr unsigned types[] = {0x40, 0x50, 0x70};
      return whole(types[kind % 7], body.bytes());
    }
    case 3:
      return whole(0x62, body.u16(some_id()).take());
    case 4:
      return whole(0x90, body.u16(some_wire_id()).raw(properties()).u8(reason).take());
    case 5:
      body.u16(some_wire_id()).raw(properties());
      if (version_ == Version::v5) { body.u8(reason); }
      return whole(0xb0, body.bytes());
    default:
      return whole(0xd0, "");
  }
}

std::string Scenario::request() {
  const unsigned kind = script_.next();
  WireWriter body;
  switch (kind % 5) {
    case 0:
      return whole(0x62, body.u16(some_id()).take());
    case 1:
      return whole(0x82, body.u16(some_id()).raw(properties()).text("a").u8(1).take());
    case 2:
      return whole(0xa2, body.u16(some_id()).raw(properties()).text("a").take());
    case 3:
      return whole(0xc0, "");
    default:
      return whole(0xe0, "");
  }
}

void Scenario::from_broker(std::string_view bytes, bool in_single_bytes) {
  const std::size_t step = in_single_bytes ? 1 : std::max<std::size_t>(bytes.size(), 1);
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    broker_.append(bytes.substr(at, step));
    const bool goes_on = guard_->from_broker(broker_);
    require(broker_.size() <= max_packet && node_.overflows() <= 1);
    look_at_broker_bytes();
    look_at_paho_bytes();
    if (!goes_on) { return end(); }
  }
}

void Scenario::from_paho(std::string_view bytes) {
  paho_.append(bytes);
  const bool goes_on = guard_->from_paho(paho_);
  look_at_broker_bytes();
  look_at_paho_bytes();
  if (!goes_on) { end(); }
}

void Scenario::end() {
  require(!guard_->why().empty());
  ++broken_;
  connect();
}

// Every byte that leaves is part of a packet that a client may send.
void Scenario::look_at_broker_bytes() {
  const Buffer& out = guard_->to_broker();
  const auto fresh = static_cast<std::size_t>(out.appended() - looked_at_);
  looked_at_ = out.appended();
  std::string_view bytes = out.view().substr(out.size() - fresh);
  Packet packet;
  std::size_t size = 0;
  while (cut_packet(bytes, packet, size) == Cut::whole) {
    check_to_broker(packet);
    bytes.remove_prefix(size);
  }
  require(bytes.empty());
}

void Scenario::check_to_broker(const Packet& packet) const {
  const auto type = packet.type();
  const bool is_ack = type == PacketType::puback || type == PacketType::pubrec || type == PacketType::pubcomp;
  if (is_ack) {
    require(packet.body.size() == 2 && packet.flags() == 0 && packet_id(packet) != 0);
    require(type != PacketType::puback || !node_.has_open(1, packet_id(packet)));
    require(type != PacketType::pubrec || !node_.has_open(2, packet_id(packet)));
    return;
  }
  if (type == PacketType::publish) {
    WireReader in{packet.body};
    const auto topic = in.text();
    require(packet.qos() == 0 || in.u16() != 0);
    const std::size_t properties = version_ == Version::v5 ? in.varint() : 0;
    in.bytes(properties);
    require(in.ok() && (!topic.empty() || properties >= 3));
    return;
  }
  require(type == PacketType::pubrel || type == PacketType::subscribe || type == PacketType::unsubscribe ||
          type == PacketType::pingreq || type == PacketType::disconnect);
}

// Paho sees acknowledgements only, without reasons and properties.
void Scenario::look_at_paho_bytes() {
  Buffer& out = guard_->to_paho();
  told_ += out.view();
  out.consume(out.size());
  Packet packet;
  std::size_t size = 0;
  while (cut_packet(told_, packet, size) == Cut::whole) {
    const auto type = packet.type();
    require(type == PacketType::connack || type == PacketType::puback || type == PacketType::pubrec ||
            type == PacketType::pubcomp || type == PacketType::suback || type == PacketType::unsuback ||
            type == PacketType::pingresp);
    const bool is_ack = type == PacketType::puback || type == PacketType::pubrec || type == PacketType::pubcomp;
    require(!is_ack || (packet.body.size() == 2 && packet_id(packet) != 0));
    told_.erase(0, size);
  }
  require(told_.empty() || (told_.size() == 1 && !guard_->accepted()));
}

}  // namespace

int check_relay(std::string_view scenario) { return Scenario{scenario}.run(); }

int fuzz_relay(const uint8_t* data, std::size_t size) {
  check_relay({reinterpret_cast<const char*>(data), size});
  return 0;
}
