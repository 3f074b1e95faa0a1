// SPDX-License-Identifier: MIT
/// The retained message that says whether this node is at the broker: online after each connect, offline as the will
/// and before each clean end. Used on the node thread.
#pragma once

#include "connect.hpp"
#include "paho.hpp"

#include <culvert/plugin.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace culvert::mqtt {

class Status {
 public:
  /// Beside the slots of the publisher.
  static constexpr uint32_t slot = Paho::max_index - 1;

  /// Without a topic there is no status at all.
  Status(Host host, std::string topic) : host_{host}, topic_{std::move(topic)} {}

  bool is_wanted() const noexcept { return !topic_.empty(); }
  /// Without a time: the broker keeps it as it is for as long as the connection lasts.
  std::optional<Will> will(bool retain, uint8_t at_most_qos) const;
  void publish(Paho& paho, const Connack& limits, bool online);
  /// Whether the broker has not acknowledged all yet.
  bool is_under_way() const noexcept { return under_way_ > 0; }
  void on_reason_text(uint16_t packet_id, const std::string& text);
  void on_refused(uint16_t packet_id, uint8_t reason);
  void on_published() noexcept;
  /// Whoever had it is gone, and will not say how it ended.
  void forget() noexcept;

 private:
  Host host_;
  std::string topic_, reason_text_;
  int packet_id_ = -1;
  unsigned under_way_ = 0;
};

/// {"status":"online","version":"0.1.0","time":"2026-11-23T10:00:00.123Z"}; without the time for `wall_ns` 0.
std::string status_text(bool online, int64_t wall_ns);

}  // namespace culvert::mqtt
