// SPDX-License-Identifier: MIT
/// MQTT packets: where one ends, and whether what a broker sent is one. Pure functions, for any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace culvert::mqtt {

enum class PacketType : uint8_t {
  connect = 1,
  connack,
  publish,
  puback,
  pubrec,
  pubrel,
  pubcomp,
  subscribe,
  suback,
  unsubscribe,
  unsuback,
  pingreq,
  pingresp,
  disconnect,
  auth,
};

/// MQTT's protocol level, as it stands in CONNECT.
enum class Version : uint8_t { v3 = 4, v5 = 5 };

/// The largest packet that passes in either direction: the largest payload and 128 KiB for topic and properties.
inline constexpr std::size_t max_packet = (1u << 20) + (128u << 10);

/// Views of one packet in a buffer.
struct Packet {
  std::string_view whole;
  std::string_view body;  ///< what follows the fixed header
  PacketType type() const noexcept { return static_cast<PacketType>(static_cast<uint8_t>(whole[0]) >> 4); }
  unsigned flags() const noexcept { return static_cast<uint8_t>(whole[0]) & 0x0f; }
  unsigned qos() const noexcept { return flags() >> 1 & 3; }
  bool duplicate() const noexcept { return (flags() & 8) != 0; }
};

enum class Cut { whole, more, broken, oversize };

/// Finds the first packet of `data`. `broken`: its length is malformed. `oversize`: it has more than `max_packet`
/// bytes, `ret_packet` holds as much of it as there is, and `ret_size` says how many.
Cut cut_packet(std::string_view data, Packet& ret_packet, std::size_t& ret_size);

/// What is wrong with a packet that a broker sent, in words; empty when nothing is. A PUBLISH is for `read_publish`, a
/// CONNACK for `parse_connack`.
std::string fault_of(const Packet& packet, Version version);

/// The packet id of any packet that begins with one.
uint16_t packet_id(const Packet& packet);
/// The reason code of a PUBACK, PUBREC, PUBREL or PUBCOMP; 0 where it is left out.
uint8_t ack_reason(const Packet& packet);
/// What a checked acknowledgement, SUBACK or UNSUBACK says of its own; may be empty. A view of the packet.
std::string_view reason_string(const Packet& packet, Version version);
/// An acknowledgement of two bytes.
std::string encode_ack(PacketType type, uint16_t id);
/// The codes of a SUBACK or UNSUBACK.
std::string_view answer_codes(const Packet& packet, Version version);

/// A DISCONNECT of the broker (MQTT 5).
struct ServerDisconnect {
  uint8_t reason = 0;
  std::string text;              ///< the broker's own words; may be empty
  std::string server_reference;  ///< another broker that this one names; may be empty
};
ServerDisconnect parse_disconnect(const Packet& packet);

}  // namespace culvert::mqtt
