// SPDX-License-Identifier: MIT
/// Properties of MQTT 5 packets, walked with bounds. MQTT 5.0, section 2.2.2. For any thread.
#pragma once

#include "packet.hpp"
#include "wire.hpp"

#include <cstdint>
#include <string_view>

namespace culvert::mqtt {

namespace property {
enum : uint8_t {
  payload_format = 1,
  message_expiry = 2,
  content_type = 3,
  response_topic = 8,
  correlation_data = 9,
  subscription_id = 11,
  session_expiry = 17,
  assigned_client_id = 18,
  server_keep_alive = 19,
  server_reference = 28,
  reason_string = 31,
  receive_maximum = 33,
  topic_alias_maximum = 34,
  topic_alias = 35,
  maximum_qos = 36,
  retain_available = 37,
  user = 38,
  maximum_packet_size = 39,
  wildcard_available = 40,
  shared_available = 42,
};
}

struct Property {
  uint8_t id = 0;
  uint32_t number = 0;     ///< of the numeric ones
  std::string_view name;   ///< of a user property
  std::string_view value;  ///< of texts and bytes
  bool fits = true;        ///< false: it can be read, but what its publisher wrote is nothing that MQTT knows
};

/// Reads one property that a broker may put into a packet of this type. False, and `in` failed, when it may not. In a
/// PUBLISH, which a broker passes on, texts and flags may be such as do not fit; what a broker says of its own may not.
bool read_property(WireReader& in, PacketType type, Property& ret_property);

/// Walks the properties at the front of `in`, their length included. False when anything about them is malformed.
template <class Each>
bool for_each_property(WireReader& in, PacketType type, Each each) {
  const uint32_t size = in.varint();
  WireReader inside{in.bytes(size)};
  if (!in.ok()) { return false; }
  uint64_t seen = 0;
  constexpr uint64_t may_repeat = uint64_t{1} << property::user | uint64_t{1} << property::subscription_id;
  while (inside.left() > 0) {
    Property found;
    if (!read_property(inside, type, found)) { return false; }
    const uint64_t bit = uint64_t{1} << found.id;
    if ((seen & bit & ~may_repeat) != 0) { return false; }
    seen |= bit;
    each(found);
  }
  return true;
}

}  // namespace culvert::mqtt
