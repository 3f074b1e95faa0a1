// SPDX-License-Identifier: MIT
#include "packet.hpp"

#include "properties.hpp"
#include "wire.hpp"

namespace culvert::mqtt {

namespace {

constexpr auto ignore = [](const Property&) {};

// PUBACK and its kin: an id, and with MQTT 5 a reason and properties, both of which may be left out.
std::string fault_of_ack(const Packet& packet, Version version) {
  WireReader in{packet.body};
  if (in.u16() == 0) { return "acknowledgement with packet id 0"; }
  if (in.left() == 0) { return ""; }
  if (version == Version::v3) { return "acknowledgement that is too long"; }
  in.u8();
  if (in.left() > 0 && !for_each_property(in, packet.type(), ignore)) {
    return "acknowledgement with malformed properties";
  }
  return in.ok() && in.left() == 0 ? "" : "acknowledgement that is too long";
}

std::string fault_of_suback(const Packet& packet, Version version) {
  WireReader in{packet.body};
  if (in.u16() == 0) { return "SUBACK or UNSUBACK with packet id 0"; }
  if (version == Version::v5 && !for_each_property(in, packet.type(), ignore)) {
    return "SUBACK or UNSUBACK with malformed properties";
  }
  const bool codes = version == Version::v5 || packet.type() == PacketType::suback;
  return codes == (in.left() > 0) ? "" : "SUBACK or UNSUBACK of the wrong length";
}

std::string fault_of_disconnect(const Packet& packet, Version version) {
  if (version == Version::v3) { return "DISCONNECT, which a broker of MQTT 3.1.1 may not send"; }
  WireReader in{packet.body};
  if (in.left() > 0) { in.u8(); }
  if (in.left() > 0 && !for_each_property(in, PacketType::disconnect, ignore)) {
    return "DISCONNECT with malformed properties";
  }
  return in.left() == 0 ? "" : "DISCONNECT that is too long";
}

}  // namespace

Cut cut_packet(std::string_view data, Packet& ret_packet, std::size_t& ret_size) {
  std::size_t size = 0;
  for (std::size_t at = 1; at <= 4; ++at) {
    if (at >= data.size()) { return Cut::more; }
    const auto byte = static_cast<uint8_t>(data[at]);
    size |= static_cast<std::size_t>(byte & 0x7f) << (7 * (at - 1));
    if ((byte & 0x80) != 0) { continue; }
    ret_size = at + 1 + size;
    ret_packet = {data.substr(0, ret_size), data.substr(at + 1, size)};
    if (ret_size > max_packet) { return Cut::oversize; }
    return data.size() < ret_size ? Cut::more : Cut::whole;
  }
  return Cut::broken;
}

std::string fault_of(const Packet& packet, Version version) {
  const PacketType type = packet.type();
  if (type == PacketType::publish) { return ""; }  // read_publish looks at it
  if (packet.flags() != (type == PacketType::pubrel ? 2u : 0u)) { return "a packet with reserved flags set"; }
  switch (type) {
    case PacketType::connack:
      return "";  // parse_connack looks at it
    case PacketType::puback:
    case PacketType::pubrec:
    case PacketType::pubrel:
    case PacketType::pubcomp:
      return fault_of_ack(packet, version);
    case PacketType::suback:
    case PacketType::unsuback:
      return fault_of_suback(packet, version);
    case PacketType::pingresp:
      return packet.body.empty() ? "" : "PINGRESP that is too long";
    case PacketType::disconnect:
      return fault_of_disconnect(packet, version);
    default:
      break;
  }
  return "a packet of type " + std::to_string(static_cast<unsigned>(type)) + ", which no broker sends";
}

uint16_t packet_id(const Packet& packet) { return WireReader{packet.body}.u16(); }

uint8_t ack_reason(const Packet& packet) {
  return packet.body.size() > 2 ? static_cast<uint8_t>(packet.body[2]) : uint8_t{0};
}

std::string_view reason_string(const Packet& packet, Version version) {
  if (version == Version::v3) { return {}; }
  WireReader in{packet.body};
  in.u16();
  const bool has_codes = packet.type() == PacketType::suback || packet.type() == PacketType::unsuback;
  if (!has_codes) { in.u8(); }
  std::string_view found;
  for_each_property(in, packet.type(), [&](const Property& each) {
    if (each.id == property::reason_string) { found = each.value; }
  });
  return found;
}

std::string encode_ack(PacketType type, uint16_t id) {
  const unsigned flags = type == PacketType::pubrel ? 2 : 0;
  return WireWriter{}.u8(static_cast<unsigned>(type) << 4 | flags).u8(2).u16(id).take();
}

std::string_view answer_codes(const Packet& packet, Version version) {
  WireReader in{packet.body};
  in.u16();
  if (version == Version::v5) { in.bytes(in.varint()); }
  return in.bytes(in.left());
}

ServerDisconnect parse_disconnect(const Packet& packet) {
  WireReader in{packet.body};
  ServerDisconnect found;
  if (in.left() > 0) { found.reason = in.u8(); }
  if (in.left() > 0) {
    for_each_property(in, PacketType::disconnect, [&](const Property& each) {
      if (each.id == property::reason_string) { found.text = each.value; }
      if (each.id == property::server_reference) { found.server_reference = each.value; }
    });
  }
  return found;
}

}  // namespace culvert::mqtt
