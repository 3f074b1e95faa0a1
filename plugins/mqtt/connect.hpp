// SPDX-License-Identifier: MIT
/// CONNECT as we send it, CONNACK as a broker answers it. For any thread.
#pragma once

#include "gate.hpp"
#include "packet.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace culvert::mqtt {

struct Will {
  std::string topic, payload;
  uint8_t qos = 0;
  bool retain = false;
};

/// What CONNECT says. Paho's own CONNECT never leaves the box: it knows neither user nor password nor will.
struct ConnectFields {
  Version version = Version::v5;
  std::string client_id;
  std::string username;
  std::optional<std::string> password;
  std::optional<Will> will;
  uint16_t keep_alive_s = 60;
  bool clean_start = true;
  uint32_t session_expiry_s = 0;                     ///< MQTT 5
  uint16_t receive_maximum = Gate::receive_maximum;  ///< MQTT 5
};
std::string encode_connect(const ConnectFields& fields);

struct Connack {
  uint8_t code = 0;  ///< 0: accepted
  bool session_present = false;
  uint16_t receive_maximum = 65535;
  uint16_t qos2_maximum = 65535;  ///< the most of these that may be of QoS 2
  uint8_t maximum_qos = 2;
  bool retain_available = true;
  uint32_t maximum_packet = 0xffffffff;
  uint16_t topic_alias_maximum = 0;
  bool wildcard_available = true, shared_available = true;  ///< in subscriptions
  std::optional<uint16_t> server_keep_alive_s;
  std::optional<uint32_t> session_expiry_s;  ///< when it is not what was asked for
  std::string assigned_client_id;
  std::string reason;            ///< the broker's own words; may be empty
  std::string server_reference;  ///< another broker that this one names; may be empty
};
/// Empty when it is malformed; `ret_why` says how.
std::optional<Connack> parse_connack(const Packet& packet, Version version, std::string& ret_why);

/// An accepting CONNACK with nothing in it that a parser could trip over.
std::string encode_plain_connack(Version version, bool session_present);

}  // namespace culvert::mqtt
