// SPDX-License-Identifier: MIT
/// The part of the connector between Paho's socket and the broker's: it reaches the broker, then joins the two and
/// walks every packet. The broker's messages go to the node from here, past Paho. Paho may connect before that: it
/// takes up to a second to notice its own connection. One thread, that sleeps in poll(). The public functions are for
/// the node thread.
#pragma once

#include "connection.hpp"
#include "dial.hpp"
#include "door.hpp"
#include "flow.hpp"
#include "gate.hpp"
#include "packet_ids.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace culvert::mqtt {

/// Where to go, and what to say there.
struct Destination {
  Url url;
  Reach reach;
  Version version = Version::v5;
  std::string connect;  ///< our CONNECT
  uint16_t keep_alive_s = 60;
  int64_t timeout_ns = 0;     ///< from now to CONNACK
  bool topic_alias = true;    ///< may be used where the broker allows it
  bool resumes = true;        ///< what Paho has on its way belongs to a session of this broker
  bool clean_start = false;   ///< our CONNECT begins a new session
  bool keeps_session = true;  ///< a session is asked for that outlives the connection
};

/// How a connection, or the attempt at one, ended.
struct Ending {
  std::string why;
  uint8_t reason = 0;              ///< of a CONNACK that refuses, or of the broker's DISCONNECT
  bool accepted = false;           ///< CONNACK had come
  bool silent_on_connect = false;  ///< the broker closed on our CONNECT without an answer
  bool hung_up = false;            ///< the broker closed an accepted connection without a word
  std::string server_reference{};  ///< the other broker that this one names; may be empty
};

/// Who hears of it. Called on the relay's thread: copy, enqueue, return.
class RelayListener : public GuardListener {
 public:
  /// The broker is reached and is who it should be. "TLS 1.3, ...".
  virtual void on_reached(const std::string& description) = 0;
  /// It is over; Paho's socket, if there was one, is closed. Once for each `dial`.
  virtual void on_ended(const Ending& ending) = 0;
  /// How `probe` ended: `why` is empty when the broker is there, and is who it should be.
  virtual void on_probed(const std::string& why) = 0;
  /// Somebody else's connection to the port was refused.
  virtual void on_intruder() = 0;

 protected:
  ~RelayListener() = default;
};

class Relay {
 public:
  /// Binds its port. Throws std::system_error.
  Relay(Flow& flow, PacketIds& ids, RelayListener& listener);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  uint16_t port() const noexcept { return door_.port(); }
  /// Only after the former connection has ended.
  void dial(Destination destination);
  /// Looks, beside the connection that lives, whether a broker can be reached: name, TCP and TLS. `on_probed` follows.
  void probe(Destination destination);
  /// Ends the connection without a DISCONNECT. `why`: for the ending.
  void cut(std::string why);
  /// The DISCONNECT that Paho will send now is to reach the broker, which has so long to close its end behind it.
  void expect_disconnect(int64_t parting_ns = GuardOrders::short_parting_ns) noexcept {
    guard_orders_.parting_ns = parting_ns;
    guard_orders_.disconnect_expected = true;
  }
  /// Every PUBLISH that Paho sends from now on is one of this session; what was to go before them has come.
  void take_publishes();
  /// Paho was made anew, and its packet ids begin at 1.
  void renew_ids();
  /// The node is done with the messages of these numbers: they may be acknowledged. `confirm`: `on_confirmed` is to
  /// follow once the broker has heard of it, as soon as may be.
  void settle(const std::vector<uint64_t>& numbers, bool confirm);
  /// Gives Paho something to read where there is a connection, for the sake of another relay. Any thread.
  void wake_paho();

 private:
  struct Orders {
    std::optional<Destination> dial, probe;
    std::optional<std::string> cut;
    std::vector<uint64_t> settled;
    bool confirm = false, renew_ids = false, go_on = false, wake_paho = false;
    bool stop = false;
  };
  void run() noexcept;
  void wait();
  void take_orders();
  void take_settled(const Orders& orders);
  void step_dial(int64_t now_ns);
  void join();
  void look_at_paho();
  void step_probe(int64_t now_ns);
  void step_connection(bool paho_ready, bool broker_ready, int64_t now_ns);
  void step_door(int64_t now_ns);
  template <class Set>
  void give(Set set);
  void part(Descriptor paho) noexcept;
  void step_parting() noexcept;
  void end(const Ending& ending);

  Flow& flow_;
  PacketIds& ids_;
  RelayListener& listener_;
  Door door_;
  Resolver resolver_;
  Descriptor bell_;
  std::mutex mutex_;  // guards orders_; never held while anything else is called
  Orders orders_;
  GuardOrders guard_orders_;
  Gate gate_;
  bool stopping_ = false;
  std::optional<Destination> destination_;  // set from the order to the end
  int64_t deadline_ns_ = 0, door_shut_until_ns_ = 0;
  std::unique_ptr<Dial> dial_;  // kept while the connection lives: it owns the TLS context
  bool reached_ = false;
  Resolver probe_resolver_;
  std::unique_ptr<Dial> probe_;
  std::optional<Upstream> upstream_;  // from `reached` until both ends are joined
  Descriptor paho_;                   // let in, not read from, until the broker is reached
  Descriptor parting_;                // of a connection that is over, until Paho has closed it
  bool paho_fits_ = false;            // its CONNECT is there, and of the version that the destination wants
  bool lacks_descriptors_ = false;    // since that dial there was none to let it in with
  std::unique_ptr<Connection> connection_;
  std::thread thread_;
};

}  // namespace culvert::mqtt
