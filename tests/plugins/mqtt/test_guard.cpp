// SPDX-License-Identifier: MIT
#include "guard.hpp"
#include "harness/mock_broker.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <utility>
#include <vector>

using namespace culvert::mqtt;
using culvert::test::packet;

namespace {

struct Heard final : GuardListener {
  std::vector<Connack> connacks;
  std::vector<std::pair<unsigned, unsigned>> refused;
  void on_connack(const Connack& connack) override { connacks.push_back(connack); }
  std::vector<std::unique_ptr<Inbound>> messages;
  std::vector<uint64_t> confirmed;
  int overflows = 0;
  void on_publish_refused(uint16_t id, uint8_t reason) override { refused.emplace_back(id, reason); }
  void on_message(std::unique_ptr<Inbound> message) override { messages.push_back(std::move(message)); }
  void on_overflow() override { ++overflows; }
  void on_confirmed(uint64_t count) override { confirmed.push_back(count); }
};

struct Walk {
  explicit Walk(Version version = Version::v5, int64_t max_unsettled = 1 << 20)
      : flow{max_unsettled}, guard{version, "OURS", flow, gate, heard, orders} {}
  Flow flow;
  Gate gate;
  GuardOrders orders;
  Heard heard;
  Guard guard;
  Buffer paho, broker;

  bool from_paho(const std::string& bytes) { return paho.append(bytes), guard.from_paho(paho); }
  bool from_broker(const std::string& bytes) { return broker.append(bytes), guard.from_broker(broker); }
  std::string to_paho() { return take(guard.to_paho()); }
  std::string to_broker() { return take(guard.to_broker()); }
  std::string settle(std::size_t index) {
    gate.settle(heard.messages.at(index)->number());
    guard.answer();
    return to_broker();
  }
  static std::string take(Buffer& buffer) {
    std::string all{buffer.view()};
    buffer.clear();
    return all;
  }
  void let_in(bool session_present = false, const std::string& properties = "") {
    REQUIRE(from_paho(packet({0x10, 0})));
    orders.takes_publishes = true;
    std::string connack = packet({0x20, 3 + static_cast<unsigned>(properties.size()), session_present ? 1u : 0u, 0,
                                  static_cast<unsigned>(properties.size())});
    REQUIRE(from_broker(connack + properties));
    to_paho();
    to_broker();
  }
};

std::string publish(unsigned id, unsigned first = 0x32) { return packet({first, 7, 0, 1, 'a', 0, id, 0, 'x'}); }

}  // namespace

TEST_CASE("guard: Paho's CONNECT is replaced and its CONNACK holds nothing to trip over") {
  Walk walk;
  CHECK(walk.from_paho(packet({0x10, 2, 1, 2})));
  CHECK(walk.to_broker() == "OURS");
  CHECK(walk.from_broker(packet({0x20, 6, 1, 0, 3, 33, 0, 5})));
  CHECK(std::string{Guard::first_to_paho()} + walk.to_paho() == packet({0x20, 3, 1, 0, 0}));
  REQUIRE(walk.heard.connacks.size() == 1);
  CHECK(walk.heard.connacks[0].receive_maximum == 5);
}

TEST_CASE("guard: nothing passes before CONNECT and CONNACK") {
  Walk early;
  CHECK(!early.from_paho(publish(1)));
  CHECK(early.to_broker().empty());
  Walk walk;
  CHECK(walk.from_paho(packet({0x10, 0})));
  CHECK(!walk.from_broker(publish(1)));
  CHECK(walk.to_paho().empty());
}

TEST_CASE("guard: bytes may come one at a time") {
  Walk walk;
  walk.let_in();
  for (const char byte : publish(1) + publish(2)) { CHECK(walk.from_broker({byte})); }
  CHECK(walk.heard.messages.size() == 2);
  for (const char byte : publish(1) + publish(2)) { CHECK(walk.from_paho({byte})); }
  CHECK(walk.to_broker() == publish(1) + publish(2));
}

TEST_CASE("guard: beyond the broker's receive maximum publishes wait for acknowledgements") {
  Walk walk;
  walk.let_in(false, packet({33, 0, 1}));
  CHECK(walk.from_paho(publish(1) + publish(2) + packet({0x40, 2, 0, 9})));
  CHECK(walk.to_broker() == publish(1) + packet({0x40, 2, 0, 9}));
  CHECK(walk.from_broker(packet({0x40, 2, 0, 1})));
  CHECK(walk.to_broker() == publish(2));
}

TEST_CASE("guard: a refused PUBLISH is told first and then acknowledged plainly") {
  Walk walk;
  walk.let_in();
  CHECK(walk.from_broker(packet({0x40, 8, 0, 7, 0x87, 4, 31, 0, 1, 'n'})));
  CHECK(walk.heard.refused == std::vector<std::pair<unsigned, unsigned>>{{7, 0x87}});
  CHECK(walk.to_paho() == packet({0x40, 2, 0, 7}));
}

TEST_CASE("guard: a refused QoS 2 PUBLISH is finished without the broker") {
  Walk walk;
  walk.let_in();
  CHECK(walk.from_broker(packet({0x50, 3, 0, 7, 0x97})));
  CHECK(walk.to_paho() == packet({0x50, 2, 0, 7}));
  CHECK(walk.from_paho(packet({0x62, 2, 0, 7})));
  CHECK(walk.to_broker().empty());
  CHECK(walk.to_paho() == packet({0x70, 2, 0, 7}));
  CHECK(walk.from_paho(packet({0x62, 2, 0, 8})));
  CHECK(walk.to_broker() == packet({0x62, 2, 0, 8}));
}

TEST_CASE("guard: in a new session what Paho had kept is given back, in a resumed one it passes") {
  Walk fresh;
  fresh.let_in(false);
  fresh.orders.takes_publishes = false;
  CHECK(fresh.from_paho(publish(3)));
  CHECK(fresh.to_broker().empty());
  CHECK(fresh.to_paho() == packet({0x40, 2, 0, 3}));
  CHECK(fresh.heard.refused.size() == 1);
  Walk resumed;
  resumed.let_in(true);
  resumed.orders.takes_publishes = false;
  CHECK(resumed.from_paho(publish(3)));
  CHECK(resumed.to_broker() == publish(3));
}

TEST_CASE("guard: a message goes to the node and not to Paho, and is acknowledged once it is settled") {
  Walk walk;
  walk.let_in();
  CHECK(walk.from_broker(publish(1) + publish(2, 0x34) + packet({0x30, 5, 0, 1, 'a', 0, 'x'})));
  CHECK(walk.to_paho().empty());
  CHECK(walk.to_broker().empty());
  REQUIRE(walk.heard.messages.size() == 3);
  CHECK(walk.heard.messages[0]->publish().topic == "a");
  CHECK(walk.heard.messages[0]->publish().payload == "x");
  CHECK(walk.heard.messages[2]->number() == 0);
  CHECK(walk.settle(1) == packet({0x50, 2, 0, 2}));
  CHECK(walk.settle(0) == packet({0x40, 2, 0, 1}));
}

TEST_CASE("guard: PUBREL is answered with PUBCOMP, also of an id that nobody knows") {
  Walk walk;
  walk.let_in();
  CHECK(walk.from_broker(packet({0x62, 2, 0, 9})));
  CHECK(walk.to_broker() == packet({0x70, 2, 0, 9}));
  CHECK(walk.to_paho().empty());
}

TEST_CASE("guard: without room QoS 0 is dropped and counted") {
  Walk walk;
  walk.let_in();
  const auto qos0 = packet({0x30, 5, 0, 1, 'a', 0, 'x'});
  for (int i = 0; i < Flow::max_messages + 3; ++i) { CHECK(walk.from_broker(qos0)); }
  CHECK(std::ssize(walk.heard.messages) == Flow::max_messages);
  CHECK(walk.flow.dropped() == 3);
  CHECK(walk.from_broker(publish(1)));
  CHECK(std::ssize(walk.heard.messages) == Flow::max_messages + 1);
  walk.flow.take_out(true, qos0.size() + sizeof(Inbound));
  CHECK(walk.from_broker(qos0));
  CHECK(walk.flow.dropped() == 3);
}

TEST_CASE(
    "guard: beyond 'max_unsettled' QoS 1 and 2 are left to the session, all that follow too, and this is said once") {
  Walk walk{Version::v5, static_cast<int64_t>(2 * (9 + sizeof(Inbound)))};
  walk.let_in();
  CHECK(walk.from_broker(publish(1) + publish(2)));
  // What came again does not count.
  CHECK(walk.from_broker(publish(2, 0x3a)));
  CHECK(walk.heard.overflows == 0);
  CHECK(walk.from_broker(publish(3) + publish(4, 0x34)));
  CHECK(walk.heard.overflows == 1);
  CHECK(walk.heard.messages.size() == 2);
  walk.flow.take_out(false, 9 + sizeof(Inbound));
  CHECK(walk.from_broker(publish(5)));
  CHECK(walk.heard.messages.size() == 2);
  CHECK(walk.heard.overflows == 1);
  // The rest of the connection goes on.
  CHECK(walk.settle(0) == packet({0x40, 2, 0, 1}));
  CHECK(walk.from_broker(packet({0x30, 5, 0, 1, 'a', 0, 'x'})));
  CHECK(walk.heard.messages.size() == 3);
}

TEST_CASE("guard: a message that is larger than 'max_unsettled' is taken when nothing waits") {
  Walk walk{Version::v5, 5};
  walk.let_in();
  CHECK(walk.from_broker(publish(1) + publish(2)));
  CHECK(walk.heard.messages.size() == 1);
  CHECK(walk.heard.overflows == 1);
}

TEST_CASE("guard: PINGRESP confirms the acknowledgements before its PINGREQ, and none that waits for another") {
  Walk walk;
  walk.let_in();
  CHECK(walk.from_broker(publish(1) + publish(2) + publish(3)));
  CHECK(walk.settle(0) == packet({0x40, 2, 0, 1}));
  CHECK(walk.settle(2).empty());
  walk.guard.ping();
  CHECK(walk.to_broker() == packet({0xc0, 0}));
  CHECK(walk.settle(1) == packet({0x40, 2, 0, 2, 0x40, 2, 0, 3}));
  CHECK(walk.heard.confirmed.empty());
  CHECK(walk.from_broker(packet({0xd0, 0})));
  CHECK(walk.heard.confirmed == std::vector<uint64_t>{1});
  walk.guard.ping();
  CHECK(walk.from_broker(packet({0xd0, 0, 0xd0, 0})));
  CHECK(walk.heard.confirmed == std::vector<uint64_t>{1, 3});
  CHECK(walk.to_paho().empty());
}

TEST_CASE("guard: when the node has shut nothing new comes in, and what is settled is still acknowledged") {
  Walk walk;
  walk.let_in();
  CHECK(walk.from_broker(publish(1)));
  walk.flow.shut();
  CHECK(walk.from_broker(publish(2) + packet({0x30, 5, 0, 1, 'a', 0, 'x'})));
  CHECK(walk.heard.messages.size() == 1);
  CHECK(walk.flow.dropped() == 1);
  CHECK(walk.settle(0) == packet({0x40, 2, 0, 1}));
}

TEST_CASE("guard: nothing is acknowledged behind a DISCONNECT") {
  Walk walk;
  walk.let_in();
  CHECK(walk.from_broker(publish(1)));
  walk.orders.disconnect_expected = true;
  CHECK(walk.from_paho(packet({0xe0, 0})));
  walk.to_broker();
  CHECK(walk.settle(0).empty());
}

TEST_CASE("guard: Paho's DISCONNECT reaches the broker only when it was asked for") {
  Walk walk;
  walk.let_in();
  SUBCASE("asked for") {
    walk.orders.disconnect_expected = true;
    CHECK(walk.from_paho(packet({0xe0, 0})));
    CHECK(walk.to_broker() == packet({0xe0, 0}));
  }
  SUBCASE("not asked for") {
    CHECK(!walk.from_paho(packet({0xe0, 0})));
    CHECK(walk.to_broker().empty());
  }
}

TEST_CASE("guard: with MQTT 3.1.1 at most 20 publishes and 10 of QoS 2 are unanswered") {
  Walk walk{Version::v3};
  REQUIRE(walk.from_paho(packet({0x10, 0})));
  walk.orders.takes_publishes = true;
  REQUIRE(walk.from_broker(packet({0x20, 2, 0, 0})));
  walk.to_broker();
  const auto qos2 = [](unsigned id) { return packet({0x34, 6, 0, 1, 'a', 0, id, 'x'}); };
  const auto qos1 = [](unsigned id) { return packet({0x32, 6, 0, 1, 'a', 0, id, 'x'}); };
  std::string passed;
  SUBCASE("of QoS 2") {
    for (unsigned id = 1; id <= 12; ++id) { CHECK(walk.from_paho(qos2(id))); }
    for (unsigned id = 1; id <= 10; ++id) { passed += qos2(id); }
    CHECK(walk.to_broker() == passed);
    CHECK(walk.from_broker(packet({0x50, 2, 0, 1})));
    CHECK(walk.to_broker().empty());
    CHECK(walk.from_broker(packet({0x70, 2, 0, 1})));
    CHECK(walk.to_broker() == qos2(11));
  }
  SUBCASE("in all") {
    for (unsigned id = 1; id <= 22; ++id) { CHECK(walk.from_paho(qos1(id))); }
    for (unsigned id = 1; id <= 20; ++id) { passed += qos1(id); }
    CHECK(walk.to_broker() == passed);
    CHECK(walk.from_broker(packet({0x40, 2, 0, 1})));
    CHECK(walk.to_broker() == qos1(21));
  }
  SUBCASE("and nothing overtakes what is kept back") {
    for (unsigned id = 1; id <= 11; ++id) { CHECK(walk.from_paho(qos2(id))); }
    walk.to_broker();
    CHECK(walk.from_paho(qos1(12)));
    CHECK(walk.to_broker().empty());
    CHECK(walk.from_broker(packet({0x70, 2, 0, 1})));
    CHECK(walk.to_broker() == qos2(11) + qos1(12));
  }
}
