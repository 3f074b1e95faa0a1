// SPDX-License-Identifier: MIT
/// The node: options in, one state machine, and what it owns. Everything runs on the node thread; the relay and Paho
/// reach it through Events.
#pragma once

#include "client_id.hpp"
#include "counts.hpp"
#include "endpoints.hpp"
#include "events.hpp"
#include "failback.hpp"
#include "intake.hpp"
#include "loop_guard.hpp"
#include "options.hpp"
#include "packet_id_file.hpp"
#include "publisher.hpp"
#include "saying.hpp"
#include "states.hpp"
#include "status.hpp"
#include "subscriber.hpp"

#include <culvert/plugin.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace culvert::mqtt {

class Connector : public Node {
 public:
  Connector(Host host, const Settings& settings);
  void start();
  void quiesce();
  /// Other subscriptions, over the connection that there is.
  culvert_status reconfigure(const Settings& settings);
  void stop();
  culvert_status process(MessageView message, uint64_t token) { return publisher_.process(message, token); }
  int64_t poll(int64_t now_ns);
  void room();
  void acked(uint64_t token, culvert_status status);
  void counters(Counters to) const { counts_.tell(to, flow_); }
  /// What the plugin can do without a node: the tables are in extensions.cpp.
  static const void* get_extension(const char* name) noexcept;

 private:
  void load_client_id();
  void enter(State state);
  void drain(int64_t now_ns);
  void pass_settled();
  void connect_paho(int64_t now_ns);
  void remake_paho(int64_t now_ns);
  bool wants_paho() const noexcept;
  void dial();
  Destination destination() const;
  bool is_clean() const noexcept;
  void fail(const Ending& ending, int64_t now_ns);
  void up(int64_t now_ns);
  void say_expiry();
  void look_back();
  void leave(int64_t now_ns);
  void leave_for_first(int64_t now_ns);
  int64_t fetch_ns() const noexcept;
  void fetch(int64_t now_ns);
  void end_fetching(int64_t until_ns);
  void step_leaving(int64_t now_ns);
  bool is_connected() const noexcept;
  void say_goodbye(int64_t until_ns);
  bool asks_for_session() const noexcept;
  bool has_session() const noexcept;
  uint32_t expiry_s() const noexcept { return connack_.session_expiry_s.value_or(options_.session_expiry_s); }
  std::string describe() const;
  int64_t next_ns() const noexcept;

  void on(event::Reached& reached, int64_t now_ns);
  void on(event::Accepted& accepted, int64_t now_ns);
  void on(event::Ended& ended, int64_t now_ns);
  void on(event::Probed& probed, int64_t now_ns);
  void on(event::Intruder& intruder, int64_t now_ns);
  void on(event::Connected& connected, int64_t now_ns);
  void on(event::Disconnected& disconnected, int64_t now_ns);
  void on(event::Published& published, int64_t now_ns);
  void on(event::Refused& refused, int64_t now_ns);
  void on(event::Repeated& repeated, int64_t now_ns);
  void on(event::ReasonText& told, int64_t now_ns);
  void on(event::Subscribed& subscribed, int64_t now_ns);
  void on(event::Unsubscribed& unsubscribed, int64_t now_ns);
  void on(event::Arrived& arrived, int64_t now_ns);
  void on(event::Overflowed& overflowed, int64_t now_ns);
  void on(event::Confirmed& confirmed, int64_t now_ns);
  void on(event::Discarded& discarded, int64_t now_ns);
  void on(event::IdsUsed& used, int64_t now_ns);

  const Options options_;
  Flow flow_;
  Counts counts_;
  PacketIds ids_;
  PacketIdFile id_file_;
  Events events_;
  LoopGuard loop_guard_;
  Publisher publisher_;
  Subscriber subscriber_;
  Status status_;
  Intake intake_;
  ClientIdFile client_id_file_;
  std::string client_id_;
  Endpoints endpoints_;
  Failback failback_;
  State state_ = State::idle;
  Version version_;       // of this attempt
  Version paho_version_;  // that the client was made for
  bool warned_v3_ = false;
  bool relay_busy_ = false, paho_busy_ = false;
  bool resumes_ = true;                      // what Paho has on its way belongs to a session of this broker
  std::optional<std::size_t> session_of_{};  // the broker whose session Paho knows
  bool accepted_ = false;                    // CONNACK of this attempt has come
  bool returning_ = false;                   // to the first broker
  bool left_ = false;                        // DISCONNECT was sent by who is `leaving`
  bool overflowed_ = false;                  // something was left to the session of this connection
  bool fetching_ = false;                    // between two connections to one broker, for what was left
  Saying overflows_;
  std::optional<uint32_t> said_expiry_s_{};
  int64_t retry_ns_ = 0, up_by_ns_ = 0, leave_by_ns_ = 0, paho_next_ns_ = 0, up_since_ns_ = 0, intruder_said_ns_ = 0;
  std::string description_;
  Connack connack_;
  std::vector<Event> batch_;
  // Paho goes first at the end: it calls Events, and talks to the relay.
  std::unique_ptr<Relay> relay_;
  std::unique_ptr<Paho> paho_;
};

}  // namespace culvert::mqtt
