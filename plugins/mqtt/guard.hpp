// SPDX-License-Identifier: MIT
/// The walk over every packet between Paho and the broker: what passes, what is changed, what is kept back, and when
/// the connection is cut. No sockets: bytes in, bytes out. One for each connection, used only on the relay's thread.
#pragma once

#include "buffer.hpp"
#include "connect.hpp"
#include "flow.hpp"
#include "gate.hpp"
#include "guard_listener.hpp"
#include "inbound.hpp"
#include "packet.hpp"
#include "packet_ids.hpp"
#include "sender.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace culvert::mqtt {

/// What the node thread decides about a connection while it lives.
struct GuardOrders {
  /// Whether a DISCONNECT of Paho is ours to pass on.
  std::atomic<bool> disconnect_expected = false;
  /// So long at most a broker may take to read a DISCONNECT, and to close its end. Then it is cut off, which takes with
  /// it the acknowledgements that it has not read: it gives their messages again, and publishes the will.
  std::atomic<int64_t> parting_ns = short_parting_ns;
  static constexpr int64_t short_parting_ns = 500'000'000;
  /// Whether the node has got back all that it had given to Paho before, or in a session that is resumed heard that
  /// all of it was repeated.
  std::atomic<bool> takes_publishes = false;
  /// Whether what Paho has on its way belongs to the session of the broker that is dialed. Else Paho hears of a new
  /// session, also where the broker resumes one, and gives it back.
  std::atomic<bool> resumes = true;
  /// Whether our CONNECT begins a new session.
  std::atomic<bool> clean_start = false;
  /// Whether a session was asked for that outlives the connection.
  std::atomic<bool> keeps_session = true;
};

/// What outlives the connection.
struct GuardWorld {
  Flow& flow;
  Gate& gate;
  PacketIds& ids;
  GuardListener& listener;
  const GuardOrders& orders;
};

class Guard {
 public:
  /// `connect`: our CONNECT. `uses_aliases`: for topics, where the broker allows it.
  Guard(Version version, std::string connect, bool uses_aliases, const GuardWorld& world);

  /// What Paho is sent before the guard sends it anything: the first byte of CONNACK, the first packet in any case.
  static std::string_view first_to_paho() noexcept { return "\x20"; }

  /// Takes whole packets off the front of `in`. False: the connection must end, `why` says for what reason, and what
  /// there is to say to the broker stands in `to_broker`.
  bool from_paho(Buffer& in);
  bool from_broker(Buffer& in);
  /// `takes_publishes` was set.
  void go_on();
  /// Messages were settled: acknowledges what can be acknowledged now.
  void answer();
  /// Sends PINGREQ. Its answer says, too, that the broker has read every acknowledgement before it. `asks`: for the
  /// sake of that.
  void ping(bool asks);
  /// A PINGREQ waits for its answer.
  bool asks() const noexcept { return !pings_.empty(); }
  /// Sends Paho a packet that changes nothing, once it is let in.
  void wake_paho();
  /// What was consumed of `to_broker` is on its way.
  void written() { world_.gate.written(out_.to_broker.consumed()); }

  Buffer& to_broker() noexcept { return out_.to_broker; }
  Buffer& to_paho() noexcept { return out_.to_paho; }
  bool connect_sent() const noexcept { return connect_sent_; }
  bool accepted() const noexcept { return accepted_; }
  bool disconnected() const noexcept { return disconnected_; }
  int64_t parting_ns() const noexcept { return world_.orders.parting_ns; }
  /// The broker ended the connection with a DISCONNECT, or refused it.
  uint8_t reason() const noexcept { return reason_; }
  /// The other broker that this one named when it refused or ended the connection; may be empty.
  const std::string& server_reference() const noexcept { return server_reference_; }
  std::optional<uint16_t> server_keep_alive_s() const noexcept { return server_keep_alive_s_; }
  const std::string& why() const noexcept { return why_; }

 private:
  bool is_mqtt(std::string_view first) const noexcept;
  bool take_from_paho(const Packet& packet);
  bool take_from_broker(const Packet& packet);
  bool take_connack(const Packet& packet);
  bool take_disconnect(const Packet& packet);
  bool take_publish(const Packet& packet);
  void take_message(const Packet& packet, const PublishView& publish);
  void discard(Discard why, const PublishView& publish, const std::string& words);
  bool begin_skip(const Packet& packet, std::size_t size);
  bool skip(Buffer& in);
  void give(const Packet& packet, uint64_t number);
  bool end(std::string why) { return why_ = std::move(why), false; }
  bool cut(uint8_t reason, std::string why);

  /// A message that is thrown away while it comes.
  struct Skipped {
    std::size_t left = 0, size = 0;
    Gate::Arrival arrival;
  };

  Version version_;
  std::string connect_;
  bool uses_aliases_;
  GuardWorld world_;
  Ways out_;
  Sender sender_;
  bool connect_sent_ = false, accepted_ = false, resumed_ = false, disconnected_ = false, overflowed_ = false;
  bool has_session_ = false;  // one that gives again what is not acknowledged
  Skipped skipped_;
  uint8_t reason_ = 0;
  std::optional<uint16_t> server_keep_alive_s_;
  std::string why_, server_reference_;
  /// What the answer to a PINGREQ confirms.
  struct Ping {
    uint64_t answered = 0, sent = 0;
    bool asks = false;
  };
  std::deque<Ping> pings_;
};

}  // namespace culvert::mqtt
