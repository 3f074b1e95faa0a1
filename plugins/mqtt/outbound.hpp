// SPDX-License-Identifier: MIT
/// What a message of the routes says about how it is to be published. MQTT 5.0, section 3.3. Used on the node thread.
#pragma once

#include "options.hpp"
#include "paho.hpp"

#include <culvert/plugin.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace culvert::mqtt {

struct Outbound {
  uint8_t qos = 1;
  bool retain = false;
  /// Whether it says what 3.1.1 has no place for.
  bool has_properties = false;
  PublishProperties properties;
  std::size_t size = 0;  ///< about that of the packet, in bytes
  void add_user(std::string_view name, std::string_view value);
};

/// Reads the message's properties over what the options say. `wall_ns`: the time since 1970, by which an expiry is
/// reduced for the time that the message has waited here. What is in `ret_outbound` refers to the message. Answers in
/// words why it can never be published; empty when it can.
std::string read_outbound(MessageView message, const Options& options, int64_t wall_ns, Outbound& ret_outbound);

/// What is left of an expiry, in seconds, of a message that was made at `time_ns`; at least 1. A difference that no
/// wait explains is one of the clock, and does not count.
uint32_t expiry_left_s(uint32_t expiry_s, int64_t time_ns, int64_t wall_ns) noexcept;

}  // namespace culvert::mqtt
