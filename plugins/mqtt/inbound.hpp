// SPDX-License-Identifier: MIT
/// A PUBLISH of the broker: looked through in the relay, copied once, and handed to the node thread as a whole.
#pragma once

#include "packet.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace culvert::mqtt {

/// What a PUBLISH holds. Views of the packet that it was read from.
struct PublishView {
  std::string_view topic, payload;
  uint16_t id = 0;  ///< 0 with QoS 0
  uint8_t qos = 0;
  bool retained = false, duplicate = false;
  // MQTT 5.
  std::string_view content_type;
  std::optional<std::string_view> response_topic, correlation_data;
  std::optional<uint32_t> expiry_s;
  bool is_text = false;  ///< the payload is UTF-8, says its sender
  std::vector<std::pair<std::string_view, std::string_view>> user_properties;  ///< in their order
  /// What its publisher wrote that a broker may not pass on, in words; empty when the node may have it.
  std::string_view unfit;
};

/// Answers what is wrong with the packet, in words, when it cannot be relied on; else empty. What it holds may be unfit
/// all the same.
std::string read_publish(const Packet& packet, Version version, PublishView& ret_publish);

/// Tells two messages with one packet id apart: a sender may not change topic and payload when it sends again.
uint64_t digest_of(std::string_view topic, std::string_view payload) noexcept;

/// A copy of a PUBLISH that `read_publish` found nothing wrong with, and that is not unfit.
class Inbound {
 public:
  /// `number`: the gate's, 0 with QoS 0.
  Inbound(const Packet& packet, Version version, uint64_t number);
  Inbound(const Inbound&) = delete;
  Inbound& operator=(const Inbound&) = delete;
  const PublishView& publish() const noexcept { return publish_; }
  uint64_t number() const noexcept { return number_; }
  /// What it takes in memory, as the flow counts it.
  static std::size_t size_of(const Packet& packet) noexcept { return packet.whole.size() + sizeof(Inbound); }
  std::size_t size() const noexcept { return bytes_.size() + sizeof(Inbound); }

 private:
  std::string bytes_;
  PublishView publish_;
  uint64_t number_;
};

}  // namespace culvert::mqtt
