// SPDX-License-Identifier: MIT
/// Reason codes of MQTT 5 and return codes of MQTT 3.1.1 in words. For any thread.
#pragma once

#include "packet.hpp"

#include <cstdint>
#include <string>

namespace culvert::mqtt {

/// "not authorized (135)". Of CONNACK the two versions have different numbers; all others are those of MQTT 5.
std::string connack_words(Version version, uint8_t code);
std::string reason_words(uint8_t code);

/// What a broker's refusal of a connection calls for.
enum class Refusal { transient, version, credentials };
Refusal refusal_of(Version version, uint8_t code);

/// Whether a PUBLISH that was refused with this code may be sent again.
bool may_publish_again(uint8_t code);

/// "4 s", "250 ms", "5 min".
std::string duration_words(int64_t duration_ns);

}  // namespace culvert::mqtt
