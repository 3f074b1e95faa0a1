// SPDX-License-Identifier: MIT
/// What Paho's threads and the relay's tell the node thread, in the order in which they told it.
#pragma once

#include "paho.hpp"
#include "relay.hpp"
#include "words.hpp"

#include <culvert/plugin.hpp>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace culvert::mqtt {

namespace event {
struct Reached {
  std::string description;
};
struct Accepted {
  std::unique_ptr<Connack> connack;
};
struct Ended {
  std::unique_ptr<Ending> ending;
};
struct Probed {
  std::string why;
};
struct Intruder {};
struct Connected {};
struct Disconnected {};
struct Published {
  uint32_t slot;
  bool acknowledged;
};
struct Refused {
  uint16_t packet_id;
  uint8_t reason;
};
struct Repeated {
  uint16_t packet_id;
  bool is_publish;
};
struct ReasonText {
  uint16_t packet_id;
  std::string text;
};
struct Subscribed {
  uint32_t index;
  uint8_t reason;
};
struct Unsubscribed {
  uint32_t index;
  uint8_t reason;
};
struct Arrived {
  std::unique_ptr<Inbound> message;
};
struct Overflowed {};
struct Discarded {
  Discard why;
  std::string what;
};
struct IdsUsed {};
struct Confirmed {
  uint64_t count;
  bool is_answer;
};
}  // namespace event

using Event = std::variant<event::Reached, event::Accepted, event::Ended, event::Probed, event::Intruder,
                           event::Connected, event::Disconnected, event::Published, event::Refused, event::Repeated,
                           event::ReasonText, event::Subscribed, event::Unsubscribed, event::Arrived, event::Overflowed,
                           event::Discarded, event::IdsUsed, event::Confirmed>;

class Events final : public RelayListener, public PahoListener {
 public:
  explicit Events(Host host) : host_{host} {}

  /// [node thread] Everything that is there; `ret_events` was empty.
  void take(std::vector<Event>& ret_events);
  /// [node thread] Waits until something is there. False: the time has passed without.
  bool wait_until(int64_t until_ns);

  void on_connack(const Connack& connack) override;
  void on_publish_refused(uint16_t id, uint8_t reason) override { push(event::Refused{id, reason}); }
  void on_repeated(uint16_t id, bool is_publish) override { push(event::Repeated{id, is_publish}); }
  void on_reason_text(uint16_t id, std::string_view text) override { push(event::ReasonText{id, told(text)}); }
  void on_overflow() override { push(event::Overflowed{}); }
  void on_discard(Discard why, const std::string& what) override { push(event::Discarded{why, what}); }
  void on_ids_used() override { push(event::IdsUsed{}); }
  void on_confirmed(uint64_t count, bool is_answer) override { push(event::Confirmed{count, is_answer}); }
  void on_message(std::unique_ptr<Inbound> message) override { push(event::Arrived{std::move(message)}); }
  void on_reached(const std::string& description) override { push(event::Reached{description}); }
  void on_ended(const Ending& ending) override { push(event::Ended{std::make_unique<Ending>(ending)}); }
  void on_probed(const std::string& why) override { push(event::Probed{why}); }
  void on_intruder() override { push(event::Intruder{}); }
  void on_connected() noexcept override { push(event::Connected{}); }
  void on_disconnected() noexcept override { push(event::Disconnected{}); }
  void on_published(uint32_t slot, bool acknowledged) noexcept override { push(event::Published{slot, acknowledged}); }
  void on_subscribed(uint32_t index, uint8_t reason) noexcept override { push(event::Subscribed{index, reason}); }
  void on_unsubscribed(uint32_t index, uint8_t reason) noexcept override { push(event::Unsubscribed{index, reason}); }

 private:
  void push(Event event);
  Host host_;
  std::mutex mutex_;  // guards queue_
  std::condition_variable filled_;
  std::vector<Event> queue_;
};

}  // namespace culvert::mqtt
