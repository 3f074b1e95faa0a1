// SPDX-License-Identifier: MIT
/// The packets that the doctor sends itself, without Paho. MQTT 5.0 and 3.1.1, sections 3.3, 3.8, 3.10 and 3.14. Pure
/// functions, for any thread.
#pragma once

#include "packet.hpp"
#include "subscription.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace culvert::mqtt {

/// One filter, with its options where the version has them. Kept messages are never asked for.
std::string encode_subscribe(Version version, uint16_t id, const Subscription& subscription);
std::string encode_unsubscribe(Version version, uint16_t id, std::string_view filter);
/// Never retained. `id` counts above QoS 0 only.
std::string encode_publish(Version version, uint16_t id, uint8_t qos, std::string_view topic, std::string_view payload);
std::string encode_disconnect();

}  // namespace culvert::mqtt
