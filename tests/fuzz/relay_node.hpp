// SPDX-License-Identifier: MIT
/// The node in a scenario of packets: what it is told, and what it holds until it has settled it. For one thread.
#pragma once

#include "guard.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace culvert::fuzz {

inline void require(bool claim) {
  if (!claim) { std::abort(); }
}

/// What the node would hold: the latest message of each id, until it has settled it.
class Node final : public mqtt::GuardListener {
 public:
  explicit Node(mqtt::Flow& flow, const mqtt::Gate& gate) : flow_{flow}, gate_{gate} {}

  void on_connack(const mqtt::Connack& connack) override {
    if (connack.code == 0 && !connack.session_present) { open_.clear(); }
  }
  void on_publish_refused(uint16_t id, uint8_t reason) override { require(id != 0 && reason != 0); }
  void on_message(std::unique_ptr<mqtt::Inbound> message) override {
    const mqtt::PublishView& publish = message->publish();
    require(!publish.topic.empty() && publish.topic.find_first_of("+#") == std::string_view::npos);
    require((publish.qos == 0) == (message->number() == 0) && (publish.qos == 0) == (publish.id == 0));
    if (publish.qos > 0) {
      require(numbers_.insert(message->number()).second);
      open_[{publish.qos, publish.id}] = message->number();
    }
    waiting_.push_back(std::move(message));
  }
  void on_overflow() override { ++overflows_; }
  // The broker may have used an id that was open: what is acknowledged is then the message that was thrown away.
  void on_discard(mqtt::Discard, const std::string& what) override {
    require(!what.empty());
    std::erase_if(open_, [&](const auto& each) { return !comes_ || each.first == *comes_; });
  }
  // It may go down where a broker answers a PINGREQ that it cannot have read.
  void on_confirmed(uint64_t count, bool) override { require(count <= gate_.settled()); }
  void on_ids_used() override {}

  /// Settles one of those that it has; answers its number.
  std::optional<uint64_t> settle(std::size_t which) {
    if (waiting_.empty()) { return std::nullopt; }
    const auto at = waiting_.begin() + static_cast<std::ptrdiff_t>(which % waiting_.size());
    const uint64_t number = (*at)->number();
    flow_.take_out(number == 0, (*at)->size());
    waiting_.erase(at);
    std::erase_if(open_, [&](const auto& each) { return each.second == number; });
    return number;
  }
  /// QoS and id of the message that comes next; empty when nobody knows.
  void expect(std::optional<std::pair<uint8_t, uint16_t>> comes) { comes_ = comes; }
  bool has_open(uint8_t qos, uint16_t id) const { return open_.count({qos, id}) > 0; }
  int overflows() const { return overflows_; }
  void forget_overflows() { overflows_ = 0; }

 private:
  mqtt::Flow& flow_;
  const mqtt::Gate& gate_;
  std::vector<std::unique_ptr<mqtt::Inbound>> waiting_;
  std::map<std::pair<uint8_t, uint16_t>, uint64_t> open_;
  std::optional<std::pair<uint8_t, uint16_t>> comes_;
  std::set<uint64_t> numbers_;
  int overflows_ = 0;
};

}  // namespace culvert::fuzz
