// SPDX-License-Identifier: MIT
/// What Paho sends to the broker after CONNECT, and the answers to it: packet ids are moved, topics become aliases,
/// what exceeds the broker's receive maximum waits, and Paho hears of no refusal and no answer that it does not wait
/// for. In a session that is resumed it waits for all that Paho repeats, and sends it once, in order: Paho repeats in
/// several turns when its socket is full, begins each anew, and lets later messages go between them. One for each
/// connection, used on the relay's thread.
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

  /// The broker has said what it allows. From now on each PUBLISH above QoS 0 is kept when the session is resumed,
  /// else given back, until `go_on`.
  void begin(const Connack& limits, bool uses_aliases, bool resumed);
  /// Paho has repeated, or got back, all that it had.
  void go_on(Ways& out);
  /// A PUBLISH, PUBREL, SUBSCRIBE or UNSUBSCRIBE of Paho. Answers what is wrong with it; empty when nothing is.
  std::string send(const Packet& packet, Ways& out);
  /// A checked PUBACK, PUBREC, PUBCOMP, SUBACK or UNSUBACK of the broker. Answers as `send` does.
  std::string take_answer(const Packet& packet, Ways& out);

 private:
  enum class Stage : uint8_t { give_back, gather, pass };
  /// What an id waits for. `turn`: to be sent. `pubrel`: that of Paho; `release`: the same for a message that was
  /// refused.
  enum class Wait : uint8_t { turn, puback, pubrec, pubrel, pubcomp, release, suback, unsuback };
  struct Pending {
    Wait wait = Wait::turn;
    uint8_t counts = 0;     // with this QoS towards the receive maximum
    std::size_t codes = 0;  // that SUBACK or UNSUBACK must have
  };
  struct Publish;

  std::string send_publish(const Packet& packet, Ways& out);
  void take_publish(const Publish& publish, Ways& out);
  void release_held(Ways& out);
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

  struct Held {
    uint16_t id = 0;
    std::string bytes;  // as Paho made them
  };

  Version version_;
  PacketIds& ids_;
  GuardListener& listener_;
  Connack limits_;
  TopicAliases aliases_{0};
  std::map<uint16_t, Pending> pending_;  // by Paho's id
  unsigned unanswered_ = 0, unanswered_qos2_ = 0;
  Stage stage_ = Stage::give_back;
  std::deque<Held> held_;  // PUBLISHes above the receive maximum, or until all are repeated
};

}  // namespace culvert::mqtt
