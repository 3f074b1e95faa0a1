// SPDX-License-Identifier: MIT
/// A broker's session with one client, as bytes: what waits, what is on its way, and what is given again. For the
/// test's thread.
#pragma once

#include "packet.hpp"
#include "wire.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace culvert::test {

class SessionModel {
 public:
  /// In which brokers differ.
  struct Manner {
    mqtt::Version version = mqtt::Version::v5;
    std::size_t window = 64;       ///< messages on their way at most
    bool gives_new_first = false;  ///< before what it gives again
    bool shuffles = false;         ///< what it gives again
  };
  /// `acknowledged`: hears the number of each message when its PUBACK or PUBREC is read.
  SessionModel(const Manner& manner, std::function<std::size_t(std::size_t)> below,
               std::function<void(uint64_t)> acknowledged)
      : manner_{manner}, below_{std::move(below)}, acknowledged_{std::move(acknowledged)} {}

  void publish(uint8_t qos, uint64_t number) { waiting_.push_back({qos, 0, number}); }
  /// Another connection: what is on its way is given again. `kept`: else the session is gone.
  void connect(bool kept) {
    again_.clear();
    pings_ = 0;
    read_.clear();
    if (!kept) {
      on_way_.clear();
      waiting_.clear();
    }
    for (const Message& each : on_way_) { again_.push_back(each.id); }
    if (!manner_.shuffles) { return; }
    for (std::size_t at = again_.size(); at > 1; --at) { std::swap(again_[at - 1], again_[below_(at)]); }
  }
  /// The next packet that it sends; empty when it has nothing to send.
  std::string next() {
    const bool may_begin = !waiting_.empty() && (on_way_.size() < manner_.window || waiting_.front().qos == 0);
    if (!again_.empty() && !(manner_.gives_new_first && may_begin)) { return give_again(); }
    if (!may_begin) { return {}; }
    Message message = waiting_.front();
    waiting_.pop_front();
    if (message.qos > 0) {
      message.id = free_id();
      on_way_.push_back(message);
    }
    return encode(message, false);
  }
  /// Answers one PINGREQ; empty when there is none.
  std::string pong() {
    if (pings_ == 0) { return {}; }
    --pings_;
    return mqtt::WireWriter{}.u8(0xd0).u8(0).take();
  }
  /// What the client sent; answers what that calls for at once. PINGREQ waits for `pong`.
  std::string read(std::string_view bytes) {
    read_ += bytes;
    std::string answers;
    mqtt::Packet packet;
    std::size_t size = 0;
    while (mqtt::cut_packet(read_, packet, size) == mqtt::Cut::whole) {
      answers += take(packet);
      read_.erase(0, size);
    }
    return answers;
  }
  bool is_done() const { return waiting_.empty() && on_way_.empty() && pings_ == 0; }

 private:
  struct Message {
    uint8_t qos;
    uint16_t id;
    uint64_t number;
    bool received = false;  // QoS 2: PUBREC was read
  };

  uint16_t free_id() {
    for (;;) {
      last_id_ = static_cast<uint16_t>(last_id_ % 200 + 1);
      if (find(last_id_) == on_way_.end()) { return last_id_; }
    }
  }
  std::deque<Message>::iterator find(uint16_t id) {
    auto at = on_way_.begin();
    while (at != on_way_.end() && at->id != id) { ++at; }
    return at;
  }
  std::string give_again() {
    const uint16_t id = again_.front();
    again_.pop_front();
    const auto found = find(id);
    if (found == on_way_.end()) { return {}; }
    return found->received ? release(id) : encode(*found, true);
  }
  static std::string release(uint16_t id) { return mqtt::encode_ack(mqtt::PacketType::pubrel, id); }
  std::string encode(const Message& message, bool again) const {
    mqtt::WireWriter body;
    body.text("a");
    if (message.qos > 0) { body.u16(message.id); }
    if (manner_.version == mqtt::Version::v5) { body.u8(0); }
    body.raw(std::to_string(message.number));
    return mqtt::WireWriter{}
        .u8(0x30u | static_cast<unsigned>(message.qos) << 1 | (again ? 8u : 0u))
        .varint(body.bytes().size())
        .raw(body.bytes())
        .take();
  }
  std::string take(const mqtt::Packet& packet) {
    if (packet.type() == mqtt::PacketType::pingreq) { ++pings_; }
    if (packet.body.size() < 2) { return {}; }
    const auto found = find(mqtt::packet_id(packet));
    if (found == on_way_.end()) { return {}; }
    if (packet.type() == mqtt::PacketType::puback && found->qos == 1) {
      acknowledged_(found->number);
      on_way_.erase(found);
    } else if (packet.type() == mqtt::PacketType::pubrec && found->qos == 2) {
      if (!std::exchange(found->received, true)) { acknowledged_(found->number); }
      return release(mqtt::packet_id(packet));
    } else if (packet.type() == mqtt::PacketType::pubcomp && found->received) {
      on_way_.erase(found);
    }
    return {};
  }

  Manner manner_;
  std::function<std::size_t(std::size_t)> below_;
  std::function<void(uint64_t)> acknowledged_;
  std::deque<Message> waiting_, on_way_;
  std::deque<uint16_t> again_;
  std::string read_;
  std::size_t pings_ = 0;
  uint16_t last_id_ = 0;
};

}  // namespace culvert::test
