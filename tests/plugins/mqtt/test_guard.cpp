// SPDX-License-Identifier: MIT
#include "harness/walk.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <utility>
#include <vector>

using namespace culvert::mqtt;
using culvert::test::packet;
using culvert::test::publish;
using culvert::test::Walk;

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

TEST_CASE(
    "guard: a session that is present although ours began anew ends the connection, and nobody takes it for one") {
  for (const Version version : {Version::v5, Version::v3}) {
    Walk walk{version};
    walk.orders.clean_start = true;
    REQUIRE(walk.from_paho(packet({0x10, 0})));
    CHECK(!walk.from_broker(version == Version::v5 ? packet({0x20, 3, 1, 0, 0}) : packet({0x20, 2, 1, 0})));
    CHECK(walk.guard.why() == "the broker broke the protocol: it resumes a session where CONNECT began a new one");
    CHECK(!walk.guard.accepted());
    CHECK(walk.heard.connacks.empty());
  }
}

TEST_CASE("guard: bytes may come one at a time") {
  Walk walk;
  walk.let_in();
  for (const char byte : publish(1) + publish(2)) { CHECK(walk.from_broker({byte})); }
  CHECK(walk.heard.messages.size() == 2);
  walk.orders.takes_publishes = true;
  for (const char byte : publish(1) + publish(2)) { CHECK(walk.from_paho({byte})); }
  CHECK(walk.to_broker() == publish(1) + publish(2));
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
  walk.guard.ping(true);
  CHECK(walk.to_broker() == packet({0xc0, 0}));
  CHECK(walk.settle(1) == packet({0x40, 2, 0, 2, 0x40, 2, 0, 3}));
  CHECK(walk.heard.confirmed.empty());
  CHECK(walk.from_broker(packet({0xd0, 0})));
  CHECK(walk.heard.confirmed == std::vector<uint64_t>{1});
  walk.guard.ping(true);
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

TEST_CASE(
    "guard: with MQTT 3.1.1 a message that is too large is thrown away while it comes, counted, and acknowledged") {
  Walk walk{Version::v3};
  REQUIRE(walk.from_paho(packet({0x10, 0})));
  REQUIRE(walk.from_broker(packet({0x20, 2, 0, 0})));
  walk.to_broker();
  const auto large = [](unsigned first, unsigned id) {
    constexpr std::size_t body = max_packet;
    const auto low = [](std::size_t number) { return static_cast<unsigned>(number & 0x7f); };
    const auto head = packet({first, low(body) | 0x80, low(body >> 7) | 0x80, low(body >> 14) | 0x80, low(body >> 21)});
    auto bytes = head + packet({0, 1, 'a', 0, id});
    return bytes + std::string(body + head.size() - bytes.size(), 'x');
  };
  const auto small = packet({0x32, 6, 0, 1, 'a', 0, 9, 'x'});
  REQUIRE(walk.from_broker(packet({0x32, 6, 0, 1, 'a', 0, 1, 'x'})));
  const auto bytes = large(0x32, 2) + large(0x34, 3) + large(0x30, 0) + small;
  constexpr std::size_t step = 65536;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    REQUIRE(walk.from_broker(bytes.substr(at, step)));
    // Never buffered as a whole.
    REQUIRE(walk.broker.size() <= step);
  }
  CHECK(walk.heard.discarded ==
        std::vector(3, std::pair{Discard::oversize,
                                 std::string{"of 1179653 bytes thrown away: more than 1179648 are not taken"}}));
  REQUIRE(walk.heard.messages.size() == 2);
  CHECK(walk.to_broker() == packet({0x50, 2, 0, 3}));
  // Its PUBACK waits for that of the message before it.
  CHECK(walk.settle(0) == packet({0x40, 2, 0, 1, 0x40, 2, 0, 2}));
  CHECK(walk.settle(1) == packet({0x40, 2, 0, 9}));
  // A ping confirms what the node has settled, not what was thrown away.
  walk.guard.ping(true);
  REQUIRE(walk.from_broker(packet({0xd0, 0})));
  CHECK(walk.heard.confirmed.back() == 2);
}

TEST_CASE("guard: a message that no broker should pass on is thrown away, said, and acknowledged in its turn") {
  Walk walk;
  walk.let_in();
  const auto unfit = [](unsigned first, unsigned id) { return packet({first, 6, 0, 1, '+', 0, id, 0}); };
  CHECK(walk.from_broker(publish(1) + unfit(0x32, 2) + unfit(0x34, 3) + packet({0x30, 4, 0, 1, '+', 0})));
  CHECK(walk.heard.discarded ==
        std::vector(3, std::pair{Discard::unfit, std::string{"on '+' thrown away: its topic holds a wildcard"}}));
  CHECK(walk.heard.messages.size() == 1);
  CHECK(walk.to_broker() == packet({0x50, 2, 0, 3}));
  // Again, while its PUBACK waits for that of the message before it: said once.
  CHECK(walk.from_broker(unfit(0x3a, 2)));
  CHECK(walk.settle(0) == packet({0x40, 2, 0, 1, 0x40, 2, 0, 2}));
  CHECK(walk.heard.discarded.size() == 3);
  CHECK(walk.from_broker(packet({0x62, 2, 0, 3})));
  CHECK(walk.to_broker() == packet({0x70, 2, 0, 3}));
  walk.guard.written();
  CHECK(walk.gate.size() == 0);
}

TEST_CASE("guard: when the node has shut an unfit message is left to the session, as every other") {
  Walk walk;
  walk.let_in();
  walk.flow.shut();
  CHECK(walk.from_broker(packet({0x32, 6, 0, 1, '+', 0, 2, 0})));
  CHECK(walk.heard.discarded.empty());
  CHECK(walk.to_broker().empty());
}

TEST_CASE("guard: behind 64 acknowledgements PINGREQ asks whether they were read, and the rest follows") {
  Walk walk;
  walk.let_in();
  for (unsigned id = 1; id <= 70; ++id) { CHECK(walk.from_broker(publish(id))); }
  std::string sent;
  for (std::size_t index = 0; index < 70; ++index) { sent += walk.settle(index); }
  CHECK(sent.size() == 64 * 4 + 2);
  CHECK(sent.ends_with(packet({0x40, 2, 0, 64, 0xc0, 0})));
  CHECK(walk.from_broker(packet({0xd0, 0})));
  CHECK(walk.to_broker().size() == 6 * 4);
}

TEST_CASE("guard: with MQTT 3.1.1 the head of a message that is too large may come one byte at a time") {
  Walk walk{Version::v3};
  REQUIRE(walk.from_paho(packet({0x10, 0})));
  REQUIRE(walk.from_broker(packet({0x20, 2, 0, 0})));
  for (const char byte : packet({0x30, 0x84, 0x80, 0x80, 1, 0, 1, 'a', 'x'})) { CHECK(walk.from_broker({byte})); }
  CHECK(walk.from_broker(std::string((1u << 21), 'x') + packet({0x30, 4, 0, 1, 'b', 'y'})));
  REQUIRE(walk.heard.discarded.size() == 1);
  CHECK(walk.heard.discarded[0].second == "of 2097161 bytes thrown away: more than 1179648 are not taken");
  REQUIRE(walk.heard.messages.size() == 1);
  CHECK(walk.heard.messages[0]->publish().topic == "b");
}

TEST_CASE("guard: with MQTT 5 a packet that is too large ends the connection at its first bytes") {
  Walk walk;
  walk.let_in();
  CHECK(!walk.from_broker(packet({0x30, 0xff, 0xff, 0xff, 0x7f})));
  CHECK(walk.guard.why() == "the broker sent a packet of 268435460 bytes, more than 1179648");
  CHECK(walk.to_broker() == packet({0xe0, 1, 0x95}));
}

TEST_CASE("guard: a broker of MQTT 5 that breaks the protocol hears why") {
  const auto last_words = [](const std::string& bytes) {
    Walk walk;
    walk.let_in();
    CHECK(!walk.from_broker(bytes));
    return walk.to_broker();
  };
  CHECK(last_words(packet({0x36, 6, 0, 1, 'a', 0, 1, 0})) == packet({0xe0, 1, 0x81}));
  CHECK(last_words(packet({0x30, 0xff, 0xff, 0xff, 0xff})) == packet({0xe0, 1, 0x81}));
  CHECK(last_words(packet({0xf0, 0})) == packet({0xe0, 1, 0x81}));
  CHECK(last_words(packet({0x20, 3, 0, 0, 0})) == packet({0xe0, 1, 0x82}));
  CHECK(last_words(packet({0xe0, 1, 0x8b})).empty());
}

TEST_CASE("guard: a broker that makes us answer and does not read is left") {
  Walk walk;
  walk.let_in();
  std::string many;
  for (int i = 0; i < 1 << 18; ++i) { many += packet({0x62, 2, 1, 1}); }
  for (int mebibytes = 1; mebibytes <= 8; ++mebibytes) { CHECK(walk.from_broker(many)); }
  CHECK(!walk.from_broker(many));
  CHECK(walk.guard.why() == "the broker sends, and does not read the answers");
}

TEST_CASE("guard: what no client sends, and what comes out of turn, ends the connection") {
  for (const auto& bytes : {packet({0x40, 2, 0, 1}), packet({0x10, 0}), packet({0xf0, 0}), packet({0x00, 0}),
                            packet({0x30, 0xff, 0xff, 0xff, 0x7f})}) {
    Walk walk;
    walk.let_in();
    CHECK(!walk.from_paho(bytes));
    CHECK(walk.to_broker().empty());
  }
  Walk early;
  REQUIRE(early.from_paho(packet({0x10, 0})));
  early.to_broker();
  CHECK(!early.from_paho(publish(1)));
  CHECK(early.to_broker().empty());
}

TEST_CASE("guard: Paho's publishes pass when the node says so, and until then wait in a session that is resumed") {
  Walk walk;
  bool resumed = false;
  SUBCASE("resumed") { resumed = true; }
  SUBCASE("new") { resumed = false; }
  walk.let_in(resumed);
  CHECK(walk.from_paho(publish(3)));
  CHECK(walk.from_paho(publish(4)));
  CHECK(walk.to_broker().empty());
  CHECK(walk.to_paho() == (resumed ? "" : packet({0x40, 2, 0, 3, 0x40, 2, 0, 4})));
  walk.orders.takes_publishes = true;
  walk.guard.go_on();
  CHECK(walk.to_broker() == (resumed ? publish(3) + publish(4) : ""));
  CHECK(walk.from_paho(publish(5)));
  CHECK(walk.to_broker() == publish(5));
}

TEST_CASE("guard: the node's word is known when the first PUBLISH after it comes") {
  Walk walk;
  walk.let_in(true);
  CHECK(walk.from_paho(publish(3)));
  walk.orders.takes_publishes = true;
  CHECK(walk.from_paho(publish(4)));
  CHECK(walk.to_broker() == publish(3) + publish(4));
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
