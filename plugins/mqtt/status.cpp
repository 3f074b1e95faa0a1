// SPDX-License-Identifier: MIT
#include "status.hpp"

#include "clock.hpp"
#include "reasons.hpp"
#include "words.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace culvert::mqtt {

std::string status_text(bool online, int64_t wall_ns) {
  std::string text = online ? R"({"status":"online","version":")" : R"({"status":"offline","version":")";
  text += CULVERT_VERSION;
  text += '"';
  if (wall_ns > 0) {
    const std::time_t seconds = wall_ns / 1'000'000'000;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> day{}, millis{};
    std::strftime(day.data(), day.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::snprintf(millis.data(), millis.size(), ".%03dZ", static_cast<int>(wall_ns / 1'000'000 % 1000));
    text.append(R"(,"time":")").append(day.data()).append(millis.data()).append(1, '"');
  }
  return text + '}';
}

std::optional<Will> Status::will(bool retain, uint8_t at_most_qos) const {
  if (!is_wanted()) { return std::nullopt; }
  return Will{topic_, status_text(false, 0), std::min<uint8_t>(1, at_most_qos), retain};
}

void Status::publish(Paho& paho, const Connack& limits, bool online) {
  if (!is_wanted()) { return; }
  const std::string text = status_text(online, wall_ns());
  PublishProperties properties;
  properties.content_type = "application/json";
  reason_text_.clear();
  const int id = paho.publish({.topic = topic_,
                               .payload = text,
                               .properties = properties,
                               .qos = std::min<uint8_t>(1, limits.maximum_qos),
                               .retain = limits.retain_available},
                              slot);
  // Without a connection there is nothing to say; the next one says it.
  if (id < 0) { return; }
  packet_id_ = id;
  ++under_way_;
}

void Status::on_reason_text(uint16_t packet_id, const std::string& text) {
  if (packet_id == packet_id_) { reason_text_ = text; }
}

void Status::on_refused(uint16_t packet_id, uint8_t reason) {
  if (packet_id != packet_id_ || fate_of_publish(reason) == Fate::delivered) { return; }
  host_.warn("status on '" + told(topic_) + "' refused: " + reason_words(reason) + quoted(reason_text_));
}

void Status::on_published() noexcept {
  if (under_way_ > 0) { --under_way_; }
  // Its packet id will be another message's.
  if (under_way_ == 0) { packet_id_ = -1; }
}

void Status::forget() noexcept {
  under_way_ = 0;
  packet_id_ = -1;
}

}  // namespace culvert::mqtt
