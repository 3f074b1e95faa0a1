// SPDX-License-Identifier: MIT
#include "connect.hpp"

#include "properties.hpp"
#include "wire.hpp"

namespace culvert::mqtt {

namespace {

// A broker of 3.1.1 has a receive maximum too, cannot say it, and may drop what exceeds it. The lowest default in use
// is Mosquitto's 20. Of that half is left free with QoS 2, where it drops and still acknowledges.
constexpr uint16_t v3_receive_maximum = 20, v3_qos2_maximum = 10;

std::string encode_properties(const ConnectFields& fields) {
  WireWriter inside;
  if (fields.session_expiry_s > 0) { inside.u8(property::session_expiry).u32(fields.session_expiry_s); }
  inside.u8(property::receive_maximum).u16(fields.receive_maximum);
  inside.u8(property::maximum_packet_size).u32(static_cast<uint32_t>(max_packet));
  return WireWriter{}.varint(inside.bytes().size()).raw(inside.bytes()).take();
}

unsigned encode_flags(const ConnectFields& fields) {
  unsigned flags = 0;
  if (!fields.username.empty()) { flags |= 0x80; }
  if (fields.password) { flags |= 0x40; }
  if (fields.will) { flags |= 0x04u | fields.will->qos << 3u | (fields.will->retain ? 0x20u : 0u); }
  if (fields.clean_start) { flags |= 0x02; }
  return flags;
}

void take_property(const Property& found, Connack& ret_connack) {
  switch (found.id) {
    case property::assigned_client_id:
      ret_connack.assigned_client_id = found.value;
      break;
    case property::session_expiry:
      ret_connack.session_expiry_s = found.number;
      break;
    case property::wildcard_available:
      ret_connack.wildcard_available = found.number == 1;
      break;
    case property::shared_available:
      ret_connack.shared_available = found.number == 1;
      break;
    case property::server_keep_alive:
      ret_connack.server_keep_alive_s = static_cast<uint16_t>(found.number);
      break;
    case property::reason_string:
      ret_connack.reason = found.value;
      break;
    case property::server_reference:
      ret_connack.server_reference = found.value;
      break;
    case property::topic_alias_maximum:
      ret_connack.topic_alias_maximum = static_cast<uint16_t>(found.number);
      break;
    case property::receive_maximum:
      ret_connack.receive_maximum = static_cast<uint16_t>(found.number);
      break;
    case property::maximum_qos:
      ret_connack.maximum_qos = static_cast<uint8_t>(found.number);
      break;
    case property::retain_available:
      ret_connack.retain_available = found.number == 1;
      break;
    case property::maximum_packet_size:
      ret_connack.maximum_packet = found.number;
      break;
    default:
      break;
  }
}

}  // namespace

std::string encode_connect(const ConnectFields& fields) {
  WireWriter body;
  body.text("MQTT").u8(static_cast<unsigned>(fields.version)).u8(encode_flags(fields)).u16(fields.keep_alive_s);
  if (fields.version == Version::v5) { body.raw(encode_properties(fields)); }
  body.text(fields.client_id);
  if (fields.will) {
    if (fields.version == Version::v5) { body.u8(0); }
    body.text(fields.will->topic).text(fields.will->payload);
  }
  if (!fields.username.empty()) { body.text(fields.username); }
  if (fields.password) { body.text(*fields.password); }
  return WireWriter{}.u8(0x10).varint(body.bytes().size()).raw(body.bytes()).take();
}

std::optional<Connack> parse_connack(const Packet& packet, Version version, std::string& ret_why) {
  WireReader in{packet.body};
  Connack found;
  const uint8_t flags = in.u8();
  found.code = in.u8();
  found.session_present = (flags & 1) != 0;
  if (version == Version::v3) {
    found.receive_maximum = v3_receive_maximum;
    found.qos2_maximum = v3_qos2_maximum;
  }
  // A refusal of two bytes is what a broker that knows 3.1.1 only sends to MQTT 5 as well.
  const bool bare = version == Version::v3 || (found.code != 0 && in.left() == 0);
  if (!bare && in.ok()) {
    if (in.left() == 0) {
      ret_why = "CONNACK of two bytes, which MQTT 5 does not know";
      return std::nullopt;
    }
    if (!for_each_property(in, PacketType::connack, [&](const Property& each) { take_property(each, found); })) {
      ret_why = "CONNACK with malformed properties";
      return std::nullopt;
    }
  }
  if (!in.ok() || in.left() != 0 || flags > 1 || found.receive_maximum == 0 || found.maximum_packet == 0 ||
      (found.session_present && found.code != 0)) {
    ret_why = "malformed CONNACK";
    return std::nullopt;
  }
  return found;
}

std::string encode_plain_connack(Version version, bool session_present) {
  WireWriter body;
  body.u8(session_present ? 1 : 0).u8(0);
  if (version == Version::v5) { body.u8(0); }
  return WireWriter{}.u8(0x20).varint(body.bytes().size()).raw(body.bytes()).take();
}

}  // namespace culvert::mqtt
