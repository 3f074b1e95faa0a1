// SPDX-License-Identifier: MIT
/// What the reason codes of MQTT 5 (section 2.4) and the return codes of MQTT 3.1.1 (section 3.2.2.3) say, and what
/// each calls for. One table; pure functions, for any thread.
#pragma once

#include "packet.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace culvert::mqtt {

namespace reason {
enum : uint8_t {
  no_subscription_existed = 0x11,
  unsupported_version = 0x84,
  session_taken_over = 0x8e,
  retain_not_supported = 0x9a,
  qos_not_supported = 0x9b,
  shared_not_supported = 0x9e,
  wildcards_not_supported = 0xa2,
};
}

/// "not authorized (135)". Of CONNACK the two versions have different numbers; all others are those of MQTT 5.
std::string connack_words(Version version, uint8_t code);
std::string reason_words(uint8_t code);

/// How long to stay away from a broker that refused the connection or ended it.
enum class Wait : uint8_t {
  brief,    ///< about the shortest wait of the back-off
  usual,    ///< the back-off, whose ceiling doubles up to its longest wait
  longest,  ///< about the longest wait of the back-off at once
  patient,  ///< the back-off, whose ceiling doubles up to 5 min
  five_minutes,
};

struct Reaction {
  Wait wait = Wait::usual;
  bool elsewhere = false;      ///< another URL is tried at once, when there is one
  std::string_view hint = {};  ///< what can be done about it; may be empty
};
Reaction reaction_to_connack(Version version, uint8_t code);
Reaction reaction_to_disconnect(uint8_t code);
/// What a person can do about a refused CONNECT; never empty.
std::string_view advice_on_connack(Version version, uint8_t code);
/// Whether a CONNACK says that the broker does not know this version of MQTT.
bool refuses_version(Version version, uint8_t code);

/// What becomes of a PUBLISH that was answered with this code in PUBACK or PUBREC.
enum class Fate : uint8_t {
  delivered,
  again,        ///< under another packet id, at once
  again_later,  ///< after a pause
  dead_letter,
};
Fate fate_of_publish(uint8_t code);

}  // namespace culvert::mqtt
