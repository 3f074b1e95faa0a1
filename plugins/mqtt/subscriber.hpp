// SPDX-License-Identifier: MIT
/// The subscriptions of a node: each connection asks for all of them, since a session may have lost some without a
/// word, and gives up what the session has too many. What the broker refused is asked for again. Used on the node
/// thread.
#pragma once

#include "granted.hpp"
#include "options.hpp"
#include "paho.hpp"

#include <culvert/plugin.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace culvert::mqtt {

class Subscriber {
 public:
  Subscriber(Host host, const std::vector<Subscription>& wanted);

  /// What there is to know of a connection that was just accepted.
  struct Session {
    Version version;
    const Connack& connack;
    const std::string& client_id;
    const std::string& url;
    bool lasts;       ///< it outlives the connection
    bool is_fetched;  ///< it was left a moment ago, to be given what was left to it
  };
  /// Asks for all. `answer_by_ns`: when the broker counts as silent.
  void open(Paho& paho, const Session& session, int64_t answer_by_ns);
  void close() noexcept { paho_ = nullptr; }
  /// Other ones are wanted from now on: asks for what is new, and gives up what is not wanted any more.
  void change(std::vector<Subscription> wanted, int64_t now_ns);
  /// Gives up all, at the end.
  void leave();
  /// What the broker said of its own; followed by `on_subscribed`.
  void on_reason_text(uint16_t packet_id, const std::string& text);
  void on_subscribed(uint32_t index, uint8_t reason, int64_t now_ns);
  void on_unsubscribed(uint32_t index, uint8_t reason, int64_t now_ns);
  /// Whether the broker has answered all.
  bool is_answered() const noexcept { return waiting_ == 0; }
  bool is_late(int64_t now_ns) const noexcept { return paho_ != nullptr && waiting_ > 0 && now_ns >= answer_by_ns_; }
  bool empty() const noexcept { return entries_.empty(); }
  /// Asks again for what was refused, when it is time. Answers when to call next.
  int64_t poll(int64_t now_ns);

 private:
  struct Entry {
    Subscription wanted;
    bool waits = false;
    uint8_t refused = 0;
    int packet_id = -1;
    std::string reason_text{};
    std::string lacking{};  // what the broker has not that this one needs; then it is not asked
  };
  static constexpr int64_t answer_wait_ns = 10'000'000'000;
  static std::string lacking(const Connack& connack, const Subscription& wanted);
  void begin_next(int64_t now_ns);
  void load();
  void ask(uint32_t index);
  void give_up_stale(const char* why);
  void answered(int64_t now_ns);
  void report(int64_t now_ns);
  void say_options();
  void remember();

  Host host_;
  std::vector<Entry> entries_;
  Granted granted_;
  std::vector<std::string> stale_;                   // filters that UNSUBSCRIBE was sent for
  std::optional<std::vector<Subscription>> next_{};  // wanted, once all is answered
  const Connack* connack_ = nullptr;                 // of the connection
  Paho* paho_ = nullptr;
  Version version_ = Version::v5;
  std::size_t waiting_ = 0;
  int64_t answer_by_ns_ = 0, again_ns_ = CULVERT_NEVER, again_after_ns_;
  std::string reported_;
  bool said_options_ = false, said_memory_ = false;
};

}  // namespace culvert::mqtt
