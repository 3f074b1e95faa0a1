// SPDX-License-Identifier: MIT
/// What the walk over the packets tells. On the relay's thread.
#pragma once

#include "connect.hpp"
#include "inbound.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace culvert::mqtt {

/// Why a message of the broker never reaches the node. It is acknowledged all the same.
enum class Discard : uint8_t { oversize, no_room, unfit };
constexpr std::size_t discard_count = 3;

/// Who is told what the walk finds. Called on the relay's thread.
class GuardListener {
 public:
  static constexpr uint8_t not_sent = 1;  ///< no refusal of MQTT is below 0x80

  virtual void on_connack(const Connack& connack) = 0;
  /// The PUBLISH with this packet id of Paho's was refused by the broker, or is `not_sent`: it waited in Paho over the
  /// end of a session and would overtake what was in flight before it. Paho will see it acknowledged after this call.
  virtual void on_publish_refused(uint16_t id, uint8_t reason) = 0;
  /// In a session that is resumed Paho has passed on what it has under way with this id: the PUBLISH, or else its
  /// PUBREL.
  virtual void on_repeated(uint16_t /*id*/, bool /*is_publish*/) {}
  /// What the broker says of its own on refusing the PUBLISH or SUBSCRIBE with this packet id of Paho's. Called before
  /// anybody hears of the refusal itself; `text` is as the broker sent it.
  virtual void on_reason_text(uint16_t /*id*/, std::string_view /*text*/) {}
  /// A message that the node has not been given before. The flow counts it as waiting.
  virtual void on_message(std::unique_ptr<Inbound> message) = 0;
  /// A message was thrown away. `what`: which, and why, as it follows "message ".
  virtual void on_discard(Discard why, const std::string& what) = 0;
  /// There is no room for a message above QoS 0: from it on they are left to the session, until the next connection.
  virtual void on_overflow() = 0;
  /// Of all numbers that were settled the broker has read this many acknowledgements, or will not: its session is gone,
  /// or they were lost with a connection, and it gives those messages again. `is_answer`: to the last that was asked,
  /// or a connection has begun or ended; else it may be older.
  virtual void on_confirmed(uint64_t count, bool is_answer) = 0;
  /// `PacketIds::next` is to be stored.
  virtual void on_ids_used() = 0;

 protected:
  ~GuardListener() = default;
};

}  // namespace culvert::mqtt
