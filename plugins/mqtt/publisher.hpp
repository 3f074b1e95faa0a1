// SPDX-License-Identifier: MIT
/// Messages on their way out: a window of slots, each with the host's token, until the broker has answered. Used on the
/// node thread.
#pragma once

#include "backoff.hpp"
#include "bucket.hpp"
#include "counts.hpp"
#include "loop_guard.hpp"
#include "options.hpp"
#include "outbound.hpp"
#include "paho.hpp"
#include "saying.hpp"

#include <culvert/plugin.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace culvert::mqtt {

class Publisher {
 public:
  /// Beyond this Paho gets slower, not faster.
  static constexpr uint32_t max_window = 64;
  static constexpr std::size_t max_bytes = 4 << 20;

  /// The options, the guard and the counts outlive it.
  Publisher(Host host, const Options& options, LoopGuard& loop_guard, Counts& counts);

  /// The broker takes messages from now on, within the limits of its CONNACK.
  void open(Paho& paho, Version version, const Connack& limits);
  void close() noexcept;

  /// As a descriptor's `process`.
  culvert_status process(MessageView message, uint64_t token);
  void on_published(uint32_t slot, bool acknowledged, int64_t now_ns);
  /// What the broker said of its own; followed by `on_refused`.
  void on_reason_text(uint16_t packet_id, const std::string& text);
  /// Followed by `on_published` of the same message.
  void on_refused(uint16_t packet_id, uint8_t reason);
  /// Paho has passed on the PUBLISH or PUBREL with this id in a session that is resumed.
  void on_repeated(uint16_t packet_id, bool is_publish);
  /// Whether that is so of all that is on its way.
  bool is_repeated() const noexcept;
  /// Whoever had the messages that are on their way is gone: the host gets them all back.
  void give_back(int64_t now_ns);
  /// Wakes the host when it was told AGAIN and there is room now. Answers when to call next.
  int64_t poll(int64_t now_ns);
  uint32_t under_way() const noexcept { return static_cast<uint32_t>(slots_.size() - free_.size()); }

 private:
  struct Slot {
    uint64_t token = 0;
    std::size_t bytes = 0;
    int packet_id = -1;
    uint8_t qos = 0, refused = 0;
    bool repeated = false;  // on this connection
    std::string topic, reason_text;
  };
  Slot* find(uint16_t packet_id) noexcept;
  culvert_status end_refused(const Slot& slot, int64_t now_ns);
  culvert_status reject(uint64_t token, std::string_view topic, const std::string& why);
  int64_t may_go_ns() const noexcept { return std::max(paused_until_ns_, bucket_.next_ns()); }
  std::string fit_broker();
  void mark_forwarded(MessageView message);
  culvert_status send(MessageView message, uint64_t token);
  culvert_status put_off(std::size_t bytes, uint8_t qos) noexcept;
  bool has_room(std::size_t bytes, uint8_t qos) const noexcept;

  Host host_;
  const Options& options_;
  LoopGuard& loop_guard_;
  Counts& counts_;
  Paho* paho_ = nullptr;
  Version version_ = Version::v5;
  Connack limits_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
  std::size_t bytes_ = 0;
  uint32_t qos2_under_way_ = 0;
  // Of the message that the host was told to keep.
  std::size_t wanted_bytes_ = 0;
  uint8_t wanted_qos_ = 0;
  bool forwarded_ = false;  // the message at hand came from a broker
  bool host_waits_ = false, qos_lowered_ = false, properties_dropped_ = false;
  Outbound outbound_;  // of the message that is looked at: a member, so that its memory is used again
  Backoff pause_;      // after a refusal that asks for another try, until one is taken
  int64_t paused_until_ns_ = 0;
  Bucket bucket_;
  Saying rejected_, again_;
};

}  // namespace culvert::mqtt
