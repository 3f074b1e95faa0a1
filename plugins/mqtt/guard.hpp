// SPDX-License-Identifier: MIT
/// The walk over every packet between Paho and the broker: what passes, what is changed, what is kept back, and when
/// the connection is cut. No sockets: bytes in, bytes out. One for each connection, used only on the relay's thread.
#pragma once

#include "buffer.hpp"
#include "connect.hpp"
#include "flow.hpp"
#include "gate.hpp"
#include "inbound.hpp"
#include "packet.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace culvert::mqtt {

/// Who is told what the walk finds. Called on the relay's thread.
class GuardListener {
 public:
  static constexpr uint8_t not_sent = 1;  ///< no refusal of MQTT is below 0x80

  virtual void on_connack(const Connack& connack) = 0;
  /// The PUBLISH with this packet id was refused by the broker, or is `not_sent`: it waited in Paho over the end of a
  /// session and would overtake what was in flight before it. Paho will see it acknowledged after this call.
  virtual void on_publish_refused(uint16_t id, uint8_t reason) = 0;
  /// What the broker says of its own on refusing the PUBLISH or SUBSCRIBE with this packet id. Called before anybody
  /// hears of the refusal itself; `text` is as the broker sent it.
  virtual void on_reason_text(uint16_t /*id*/, std::string_view /*text*/) {}
  /// A message that the node has not been given before. The flow counts it as waiting.
  virtual void on_message(std::unique_ptr<Inbound> message) = 0;
  /// There is no room for a message above QoS 0: from it on they are left to the session, until the next connection.
  virtual void on_overflow() = 0;
  /// Of all numbers that were settled the broker has read this many acknowledgements, or there is no connection on
  /// which it could.
  virtual void on_confirmed(uint64_t count) = 0;

 protected:
  ~GuardListener() = default;
};

/// What the node thread decides about a connection while it lives.
struct GuardOrders {
  /// Whether a DISCONNECT of Paho is ours to pass on.
  std::atomic<bool> disconnect_expected = false;
  /// Whether in a new session the node has got back all that it had given to Paho before.
  std::atomic<bool> takes_publishes = false;
  /// Whether what Paho has on its way belongs to the session of the broker that is dialed. Else Paho hears of a new
  /// session, also where the broker resumes one, and gives it back.
  std::atomic<bool> resumes = true;
};

class Guard {
 public:
  Guard(Version version, std::string connect, Flow& flow, Gate& gate, GuardListener& listener,
        const GuardOrders& orders);

  /// What Paho is sent before the guard sends it anything: the first byte of CONNACK, the first packet in any case.
  static std::string_view first_to_paho() noexcept { return "\x20"; }

  /// Takes whole packets off the front of `in`. False: the connection must end, `why` says for what reason.
  bool from_paho(Buffer& in);
  bool from_broker(Buffer& in);
  /// Messages were settled: acknowledges what can be acknowledged now.
  void answer();
  /// Sends PINGREQ. Its answer says, too, that the broker has read every acknowledgement before it.
  void ping();
  /// What was consumed of `to_broker` is on its way.
  void written() { gate_.written(to_broker_.consumed()); }

  Buffer& to_broker() noexcept { return to_broker_; }
  Buffer& to_paho() noexcept { return to_paho_; }
  bool connect_sent() const noexcept { return connect_sent_; }
  bool accepted() const noexcept { return accepted_; }
  bool disconnected() const noexcept { return disconnected_; }
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
  bool take_publish(const Packet& packet);
  void take_message(const Packet& packet, const PublishView& publish);
  void take_ack(const Packet& packet);
  void tell_reason_text(const Packet& packet);
  void send_publish(const Packet& packet);
  void give_back(const Packet& packet);
  void give(const Packet& packet, uint64_t number);
  void answered(bool qos2);
  bool may_send(const Packet& packet) const noexcept;
  void send_counted(const Packet& packet);
  bool end(std::string why) { return why_ = std::move(why), false; }

  Version version_;
  std::string connect_;
  Flow& flow_;
  Gate& gate_;
  GuardListener& listener_;
  const GuardOrders& orders_;
  Buffer to_broker_, to_paho_;
  bool connect_sent_ = false, accepted_ = false, resumed_ = false, disconnected_ = false;
  uint8_t reason_ = 0;
  bool overflowed_ = false;
  std::optional<uint16_t> server_keep_alive_s_;
  std::string why_, server_reference_;
  // Out: QoS 1 and 2 that the broker has not answered, and what must wait for the broker's receive maximum.
  unsigned unanswered_ = 0, unanswered_qos2_ = 0;
  unsigned receive_maximum_ = 65535, qos2_maximum_ = 65535;
  std::deque<std::string> held_;
  std::set<uint16_t> refused_qos2_;
  // For each PINGREQ that is not answered: what its answer confirms.
  std::deque<uint64_t> pings_;
};

}  // namespace culvert::mqtt
