// SPDX-License-Identifier: MIT
#include "inbound.hpp"

#include "properties.hpp"
#include "utf8.hpp"
#include "wire.hpp"

#include <functional>
#include <stdexcept>

namespace culvert::mqtt {

namespace {

bool has_wildcard(std::string_view topic) { return topic.find_first_of("+#") != std::string_view::npos; }

// The first thing that is said of it.
void call_unfit(PublishView& publish, std::string_view why) {
  if (publish.unfit.empty()) { publish.unfit = why; }
}

void look_at_topic(PublishView& publish) {
  if (publish.topic.empty()) { call_unfit(publish, "it has no topic"); }
  if (has_wildcard(publish.topic)) { call_unfit(publish, "its topic holds a wildcard"); }
  if (!is_mqtt_text(publish.topic)) { call_unfit(publish, "its topic is not UTF-8, or holds NUL"); }
}

void look_at_property(const Property& found, PublishView& publish) {
  if (!found.fits) {
    const bool is_flag = found.id == property::payload_format;
    call_unfit(publish, is_flag ? "its payload format is none" : "a text of its properties is not UTF-8, or holds NUL");
  }
  const bool is_response = found.id == property::response_topic;
  if (is_response && (found.value.empty() || has_wildcard(found.value))) {
    call_unfit(publish, "its response topic is none");
  }
}

void take_property(const Property& found, PublishView& ret_publish) {
  switch (found.id) {
    case property::payload_format:
      ret_publish.is_text = found.number == 1;
      break;
    case property::message_expiry:
      ret_publish.expiry_s = found.number;
      break;
    case property::content_type:
      ret_publish.content_type = found.value;
      break;
    case property::response_topic:
      ret_publish.response_topic = found.value;
      break;
    case property::correlation_data:
      ret_publish.correlation_data = found.value;
      break;
    case property::user:
      ret_publish.user_properties.emplace_back(found.name, found.value);
      break;
    default:
      break;
  }
}

std::string read_properties(WireReader& in, PublishView& ret_publish) {
  bool alias = false;
  const auto take = [&](const Property& found) {
    alias = alias || found.id == property::topic_alias;
    look_at_property(found, ret_publish);
    take_property(found, ret_publish);
  };
  if (!for_each_property(in, PacketType::publish, take)) { return "PUBLISH with malformed properties"; }
  return alias ? "PUBLISH with a topic alias, which was not asked for" : "";
}

}  // namespace

std::string read_publish(const Packet& packet, Version version, PublishView& ret_publish) {
  ret_publish = {};
  ret_publish.qos = static_cast<uint8_t>(packet.qos());
  ret_publish.retained = (packet.flags() & 1) != 0;
  ret_publish.duplicate = packet.duplicate();
  if (packet.qos() == 3) { return "PUBLISH with QoS 3"; }
  WireReader in{packet.body};
  ret_publish.topic = in.text();
  if (!in.ok()) { return "PUBLISH that ends too early"; }
  if (packet.qos() > 0) { ret_publish.id = in.u16(); }
  if (packet.qos() > 0 && ret_publish.id == 0) { return "PUBLISH with packet id 0"; }
  look_at_topic(ret_publish);
  if (version == Version::v5) {
    if (auto fault = read_properties(in, ret_publish); !fault.empty()) { return fault; }
  }
  ret_publish.payload = in.bytes(in.left());
  return "";
}

uint64_t digest_of(std::string_view topic, std::string_view payload) noexcept {
  constexpr std::hash<std::string_view> hash;
  constexpr uint64_t odd = 0x9e3779b97f4a7c15;
  return (hash(topic) * odd) ^ hash(payload);
}

Inbound::Inbound(const Packet& packet, Version version, uint64_t number) : bytes_{packet.whole}, number_{number} {
  const std::size_t header = packet.whole.size() - packet.body.size();
  const Packet copy{bytes_, std::string_view{bytes_}.substr(header)};
  if (!read_publish(copy, version, publish_).empty() || !publish_.unfit.empty()) {
    throw std::logic_error{"a PUBLISH was taken unread"};
  }
}

}  // namespace culvert::mqtt
