// SPDX-License-Identifier: MIT
/// What Paho sends to the broker after CONNECT, and the answers to it: packet ids are moved, topics become aliases,
/// what exceeds the broker's receive maximum waits, and Paho hears of no refusal and no answer that it does not wait
/// for. One for each connection, used on the relay's thread.
#pragma once

#include "buffer.hpp"
#include "connect.hpp"
#include "guard_listener.hpp"
#include "packet.hpp"
#include "packet_ids.hpp"
#include "topic_aliases.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <string>

namespace culvert::mqtt {

/// The bytes that the walk makes.
struct Ways {
  Buffer to_broker, to_paho;
};

class Sender {
 public:
  Sender(Version version, PacketIds& ids, GuardListener& listener) noexcept
      : version_{version}, ids_{ids}, listener_{listener} {}

  /// The broker has said what it allows.
  void begin(const Connack& limits, bool uses_aliases);
  /// A PUBLISH, PUBREL, SUBSCRIBE or UNSUBSCRIBE of Paho. Without `takes_publishes` a PUBLISH above QoS 0 is given
  /// back. Answers what is wrong with it; empty when nothing is.
  std::string send(const Packet& packet, bool takes_publishes, Ways& out);
  /// A checked PUBACK, PUBREC, PUBCOMP, SUBACK or UNSUBACK of the broker. Answers as `send` does.
  std::string take_answer(const Packet& packet, Ways& out);

 private:
  /// What an id waits for. `release`: Paho's PUBREL for a message that was refused.
  enum class Wait : uint8_t { puback, pubrec, pubcomp, release, suback, unsuback };
  struct Pending {
    Wait wait = Wait::puback;
    uint8_t counts = 0;     // with this QoS towards the receive maximum
    std::size_t codes = 0;  // that SUBACK or UNSUBACK must have
  };
  struct Publish;

  std::string send_publish(const Packet& packet, bool takes_publishes, Ways& out);
  std::string send_subscribe(const Packet& packet, Ways& out);
  void send_pubrel(uint16_t id, Ways& out);
  void refuse(const Publish& publish, uint8_t reason, Ways& out);
  void write(const Publish& publish, Ways& out);
  void write_counted(const Publish& publish, Ways& out);
  /// Why the broker cannot take it: a reason code, or 0.
  uint8_t obstacle(const Publish& publish) const noexcept;
  bool may_send(unsigned qos) const noexcept;
  void count(Pending& pending, uint8_t qos) noexcept;
  void use(uint16_t id);
  void take_ack(const Packet& packet, uint16_t id, Ways& out);
  std::string take_suback(const Packet& packet, uint16_t id, Ways& out);
  void tell_reason_text(const Packet& packet, uint16_t id);
  void finish(uint16_t id, Ways& out);

  Version version_;
  PacketIds& ids_;
  GuardListener& listener_;
  Connack limits_;
  TopicAliases aliases_{0};
  std::map<uint16_t, Pending> pending_;  // by Paho's id
  unsigned unanswered_ = 0, unanswered_qos2_ = 0;
  std::deque<std::string> held_;  // PUBLISHes above the receive maximum, as Paho made them
};

}  // namespace culvert::mqtt
