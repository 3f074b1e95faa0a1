// SPDX-License-Identifier: MIT
#include "properties.hpp"

#include "utf8.hpp"

#include <array>

namespace culvert::mqtt {

namespace {

enum class Kind : uint8_t { none, flag, u16, u32, varint, bytes, text, pair };

struct Rule {
  Kind kind = Kind::none;
  uint16_t packets = 0;  // a bit for each packet type that may hold it when it comes from a broker
};

constexpr uint16_t bit_of(PacketType type) { return static_cast<uint16_t>(1u << static_cast<unsigned>(type)); }
constexpr uint16_t publish = bit_of(PacketType::publish);
constexpr uint16_t connack = bit_of(PacketType::connack);
constexpr uint16_t disconnect = bit_of(PacketType::disconnect);
constexpr uint16_t acks = bit_of(PacketType::puback) | bit_of(PacketType::pubrec) | bit_of(PacketType::pubrel) |
                          bit_of(PacketType::pubcomp) | bit_of(PacketType::suback) | bit_of(PacketType::unsuback);

constexpr std::array<Rule, 43> make_rules() {
  std::array<Rule, 43> rules{};
  rules[property::payload_format] = {Kind::flag, publish};
  rules[property::message_expiry] = {Kind::u32, publish};
  rules[property::content_type] = {Kind::text, publish};
  rules[property::response_topic] = {Kind::text, publish};
  rules[property::correlation_data] = {Kind::bytes, publish};
  rules[property::subscription_id] = {Kind::varint, publish};
  rules[property::session_expiry] = {Kind::u32, connack};
  rules[property::assigned_client_id] = {Kind::text, connack};
  rules[property::server_keep_alive] = {Kind::u16, connack};
  rules[21] = {Kind::text, connack};
  rules[22] = {Kind::bytes, connack};
  rules[26] = {Kind::text, connack};
  rules[property::server_reference] = {Kind::text, connack | disconnect};
  rules[property::reason_string] = {Kind::text, static_cast<uint16_t>(connack | disconnect | acks)};
  rules[property::receive_maximum] = {Kind::u16, connack};
  rules[property::topic_alias_maximum] = {Kind::u16, connack};
  rules[property::topic_alias] = {Kind::u16, publish};
  rules[property::maximum_qos] = {Kind::flag, connack};
  rules[property::retain_available] = {Kind::flag, connack};
  rules[property::user] = {Kind::pair, static_cast<uint16_t>(publish | connack | disconnect | acks)};
  rules[property::maximum_packet_size] = {Kind::u32, connack};
  rules[property::wildcard_available] = {Kind::flag, connack};
  rules[41] = {Kind::flag, connack};
  rules[property::shared_available] = {Kind::flag, connack};
  return rules;
}
constexpr auto rules = make_rules();

bool fits(Kind kind, const Property& found) {
  if (kind == Kind::flag) { return found.number <= 1; }
  return (kind != Kind::text && kind != Kind::pair) || (is_mqtt_text(found.name) && is_mqtt_text(found.value));
}

}  // namespace

bool read_property(WireReader& in, PacketType type, Property& ret_property) {
  const uint32_t id = in.varint();
  if (!in.ok() || id >= rules.size() || (rules[id].packets & bit_of(type)) == 0) { return in.fail(), false; }
  ret_property.id = static_cast<uint8_t>(id);
  switch (rules[id].kind) {
    case Kind::flag:
      ret_property.number = in.u8();
      break;
    case Kind::u16:
      ret_property.number = in.u16();
      break;
    case Kind::u32:
      ret_property.number = in.u32();
      break;
    case Kind::varint:
      ret_property.number = in.varint();
      if (ret_property.number == 0) { in.fail(); }
      break;
    case Kind::bytes:
      ret_property.value = in.text();
      break;
    case Kind::pair:
      ret_property.name = in.text();
      [[fallthrough]];
    case Kind::text:
      ret_property.value = in.text();
      break;
    case Kind::none:
      in.fail();
      break;
  }
  ret_property.fits = fits(rules[id].kind, ret_property);
  if (!ret_property.fits && type != PacketType::publish) { in.fail(); }
  return in.ok();
}

}  // namespace culvert::mqtt
