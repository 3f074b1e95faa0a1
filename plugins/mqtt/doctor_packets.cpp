// SPDX-License-Identifier: MIT
#include "doctor_packets.hpp"

#include "wire.hpp"

namespace culvert::mqtt {

namespace {

std::string packet(unsigned first, const WireWriter& body) {
  return WireWriter{}.u8(first).varint(body.bytes().size()).raw(body.bytes()).take();
}

WireWriter head(Version version, uint16_t id) {
  WireWriter body;
  body.u16(id);
  if (version == Version::v5) { body.u8(0); }  // no properties
  return body;
}

}  // namespace

std::string encode_subscribe(Version version, uint16_t id, const Subscription& subscription) {
  unsigned options = subscription.qos;
  if (version == Version::v5) {
    options |= (subscription.no_local ? 1u << 2 : 0) | (subscription.retain_as_published ? 1u << 3 : 0) |
               static_cast<unsigned>(RetainHandling::never) << 4;
  }
  return packet(0x82, head(version, id).text(subscription.filter).u8(options));
}

std::string encode_unsubscribe(Version version, uint16_t id, std::string_view filter) {
  return packet(0xa2, head(version, id).text(filter));
}

std::string encode_publish(Version version, uint16_t id, uint8_t qos, std::string_view topic,
                           std::string_view payload) {
  WireWriter body;
  body.text(topic);
  if (qos > 0) { body.u16(id); }
  if (version == Version::v5) { body.u8(0); }
  return packet(0x30u | static_cast<unsigned>(qos) << 1, body.raw(payload));
}

std::string encode_disconnect() { return std::string{"\xe0\0", 2}; }

}  // namespace culvert::mqtt
