// SPDX-License-Identifier: MIT
/// A guard between a Paho and a broker that are strings. For the test's thread.
#pragma once

#include "guard.hpp"
#include "heard.hpp"
#include "mock_broker.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace culvert::test {

struct Walk {
  explicit Walk(mqtt::Version version = mqtt::Version::v5, int64_t max_unsettled = 1 << 20)
      : flow{max_unsettled}, guard{version, "OURS", true, {flow, gate, ids, heard, orders}} {}
  mqtt::Flow flow;
  mqtt::Gate gate;
  mqtt::PacketIds ids;
  mqtt::GuardOrders orders;
  Heard heard;
  mqtt::Guard guard;
  mqtt::Buffer paho, broker;

  bool from_paho(const std::string& bytes) { return paho.append(bytes), guard.from_paho(paho); }
  bool from_broker(const std::string& bytes) { return broker.append(bytes), guard.from_broker(broker); }
  std::string to_paho() { return take(guard.to_paho()); }
  std::string to_broker() { return take(guard.to_broker()); }
  std::string settle(std::size_t index) {
    gate.settle(heard.messages.at(index)->number());
    guard.answer();
    return to_broker();
  }
  static std::string take(mqtt::Buffer& buffer) {
    std::string all{buffer.view()};
    buffer.clear();
    return all;
  }
  void let_in(bool session_present = false, const std::string& properties = "") {
    REQUIRE(from_paho(packet({0x10, 0})));
    std::string connack = packet({0x20, 3 + static_cast<unsigned>(properties.size()), session_present ? 1u : 0u, 0,
                                  static_cast<unsigned>(properties.size())});
    REQUIRE(from_broker(connack + properties));
    to_paho();
    to_broker();
    heard.confirmed.clear();
  }
};

inline std::string publish(unsigned id, unsigned first = 0x32) { return packet({first, 7, 0, 1, 'a', 0, id, 0, 'x'}); }

}  // namespace culvert::test
