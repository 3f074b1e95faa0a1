// SPDX-License-Identifier: MIT
#include "outbound.hpp"

#include "utf8.hpp"
#include "wire.hpp"

#include <charconv>
#include <string_view>

namespace culvert::mqtt {

namespace {

constexpr std::size_t longest_text = 65535;
// The head of a packet, and what stands around each property.
constexpr std::size_t head_size = 16, property_size = 5;
constexpr int64_t second_ns = 1'000'000'000;
constexpr int64_t longest_wait_s = int64_t{30} * 24 * 3600;

bool is_topic(std::string_view text) noexcept {
  return !text.empty() && text.size() <= longest_text && is_utf8(text) && !has_control(text) &&
         text.find_first_of("+#") == std::string_view::npos;
}

std::string wrong(std::string_view name, std::string_view wish) {
  return "its property '" + std::string{name} + "' must be " + std::string{wish};
}

// One of the properties that are this connector's; others with its prefix belong to the way in.
std::string take_own(std::string_view name, std::string_view value, Outbound& to) {
  if (name == "mqtt.qos") {
    if (value != "0" && value != "1" && value != "2") { return wrong(name, "0, 1 or 2"); }
    to.qos = static_cast<uint8_t>(value[0] - '0');
  } else if (name == "mqtt.retain") {
    if (value != "0" && value != "1") { return wrong(name, "0 or 1"); }
    to.retain = value == "1";
  } else if (name == "mqtt.expiry") {
    uint32_t seconds = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (error != std::errc{} || end != value.data() + value.size()) { return wrong(name, "a number of seconds"); }
    to.properties.expiry_s = seconds;
  } else if (name == "mqtt.response_topic") {
    if (!is_topic(value)) { return wrong(name, "a topic"); }
    to.properties.response_topic = value;
  } else if (name == "mqtt.correlation_data") {
    if (value.size() > longest_text) { return wrong(name, "at most 65535 bytes"); }
    to.properties.correlation_data = value;
  } else if (name == "mqtt.payload_format") {
    if (value != "0" && value != "1") { return wrong(name, "0 or 1"); }
    to.properties.is_text = value == "1";
  }
  return "";
}

std::string read_properties(MessageView message, Outbound& to) {
  const auto given = message.properties();
  for (uint32_t i = 0; i < given.size(); ++i) {
    const auto name = view(given[i].name), value = view(given[i].value);
    if (name.starts_with("mqtt.")) {
      if (auto fault = take_own(name, value, to); !fault.empty()) { return fault; }
      continue;
    }
    if (name.size() > longest_text || value.size() > longest_text) { return "a property has more than 65535 bytes"; }
    if (!is_mqtt_text(name) || !is_mqtt_text(value)) { return "a property is not valid UTF-8, or holds NUL"; }
    to.add_user(name, value);
  }
  return "";
}

}  // namespace

void Outbound::add_user(std::string_view name, std::string_view value) {
  properties.user.emplace_back(name, value);
  size += name.size() + value.size() + property_size;
}

uint32_t expiry_left_s(uint32_t expiry_s, int64_t time_ns, int64_t wall_ns) noexcept {
  const int64_t waited_s = time_ns > 0 ? (wall_ns - time_ns) / second_ns : 0;
  if (waited_s <= 0 || waited_s > longest_wait_s) { return std::max<uint32_t>(expiry_s, 1); }
  return waited_s < expiry_s ? expiry_s - static_cast<uint32_t>(waited_s) : 1;
}

std::string read_outbound(MessageView message, const Options& options, int64_t wall_ns, Outbound& ret_outbound) {
  ret_outbound.qos = options.qos;
  ret_outbound.retain = options.retain;
  PublishProperties& properties = ret_outbound.properties;
  properties.clear();
  properties.content_type = message.content_type();
  ret_outbound.size = head_size + message.topic().size() + message.payload().size() + properties.content_type.size();
  if (properties.content_type.size() > longest_text) { return "its content type has more than 65535 bytes"; }
  if (!is_mqtt_text(properties.content_type)) { return "its content type is not valid UTF-8, or holds NUL"; }
  if (auto fault = read_properties(message, ret_outbound); !fault.empty()) { return fault; }
  if (properties.is_text && !is_utf8(message.payload())) {
    return "its property 'mqtt.payload_format' says text, and the payload is not valid UTF-8";
  }
  if (properties.expiry_s) {
    const bool knows_time = (message.flags() & CULVERT_TIME_UNSYNCED) == 0;
    properties.expiry_s = expiry_left_s(*properties.expiry_s, knows_time ? message.time_ns() : 0, wall_ns);
  } else if (options.message_expiry_s > 0) {
    properties.expiry_s = options.message_expiry_s;
  }
  ret_outbound.has_properties = properties.expiry_s || properties.is_text || !properties.response_topic.empty() ||
                                !properties.correlation_data.empty();
  if (ret_outbound.has_properties) {
    ret_outbound.size += properties.response_topic.size() + properties.correlation_data.size() + 4 * property_size;
  }
  return "";
}

}  // namespace culvert::mqtt
