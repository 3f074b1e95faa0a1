// SPDX-License-Identifier: MIT
/// Remembers what the walk over the packets tells. For the test's thread.
#pragma once

#include "guard_listener.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace culvert::test {

struct Heard final : mqtt::GuardListener {
  std::vector<mqtt::Connack> connacks;
  std::vector<std::pair<unsigned, unsigned>> refused;
  std::vector<std::pair<unsigned, std::string>> texts;
  std::vector<std::pair<unsigned, bool>> repeated;
  std::vector<std::unique_ptr<mqtt::Inbound>> messages;
  std::vector<uint64_t> confirmed;
  std::vector<std::pair<mqtt::Discard, std::string>> discarded;
  int overflows = 0, ids_used = 0;

  void on_connack(const mqtt::Connack& connack) override { connacks.push_back(connack); }
  void on_publish_refused(uint16_t id, uint8_t reason) override { refused.emplace_back(id, reason); }
  void on_repeated(uint16_t id, bool is_publish) override { repeated.emplace_back(id, is_publish); }
  void on_reason_text(uint16_t id, std::string_view text) override { texts.emplace_back(id, text); }
  void on_message(std::unique_ptr<mqtt::Inbound> message) override { messages.push_back(std::move(message)); }
  void on_confirmed(uint64_t count, bool) override { confirmed.push_back(count); }
  void on_discard(mqtt::Discard why, const std::string& what) override { discarded.emplace_back(why, what); }
  void on_overflow() override { ++overflows; }
  void on_ids_used() override { ++ids_used; }
};

}  // namespace culvert::test
