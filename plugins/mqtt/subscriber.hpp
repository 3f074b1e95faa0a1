// SPDX-License-Identifier: MIT
/// The subscriptions of a node: asked for at every connection, and again when the broker refused one. Used on the node
/// thread.
#pragma once

#include "options.hpp"
#include "paho.hpp"

#include <culvert/plugin.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace culvert::mqtt {

class Subscriber {
 public:
  Subscriber(Host host, const std::vector<Subscription>& wanted);

  /// Asks for all. `answer_by_ns`: when the broker counts as silent.
  void open(Paho& paho, int64_t answer_by_ns);
  void close() noexcept { paho_ = nullptr; }
  /// What the broker said of its own; followed by `on_subscribed`.
  void on_reason_text(uint16_t packet_id, const std::string& text);
  void on_subscribed(uint32_t index, uint8_t reason, int64_t now_ns);
  /// Whether the broker has answered all.
  bool is_answered() const noexcept { return waiting_ == 0; }
  bool is_late(int64_t now_ns) const noexcept { return paho_ != nullptr && waiting_ > 0 && now_ns >= answer_by_ns_; }
  bool empty() const noexcept { return entries_.empty(); }
  std::vector<std::string> filters() const;
  /// Asks again for what was refused, when it is time. Answers when to call next.
  int64_t poll(int64_t now_ns);
  /// Tells the host once all are answered: which were refused, or that none is any more.
  void report(int64_t now_ns);

 private:
  struct Entry {
    Subscription wanted;
    bool waits = false;
    uint8_t refused = 0;
    int packet_id = -1;
    std::string reason_text{};
  };
  void ask(uint32_t index);

  Host host_;
  std::vector<Entry> entries_;
  Paho* paho_ = nullptr;
  std::size_t waiting_ = 0;
  int64_t answer_by_ns_ = 0, again_ns_ = CULVERT_NEVER, again_after_ns_;
  std::string reported_;
};

}  // namespace culvert::mqtt
