// SPDX-License-Identifier: MIT
// A connection between two socket pairs, on a clock that the test turns.
#include "connection.hpp"
#include "harness/heard.hpp"
#include "harness/mock_broker.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <string>

using namespace culvert::mqtt;
using culvert::test::packet;

namespace {

constexpr int64_t s = 1'000'000'000;

struct Pair {
  Pair() {
    int both[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, both) == 0);
    ours = Descriptor{both[0]};
    theirs = Descriptor{both[1]};
  }
  Descriptor ours, theirs;
};

struct Rig {
  explicit Rig(uint16_t keep_alive_s)
      : connection{Upstream{std::move(broker.ours), nullptr, ""}, std::move(paho.ours),
                   Guard{Version::v5, packet({0x10, 0}), false, {flow, gate, ids, heard, orders}}, keep_alive_s,
                   10 * s} {
    say(paho, packet({0x10, 0}));
    REQUIRE(connection.step(true, false, s));
    say(broker, packet({0x20, 3, 0, 0, 0}));
    REQUIRE(connection.step(false, true, s));
    REQUIRE(connection.guard().accepted());
    hear();
  }
  static void say(const Pair& pair, const std::string& bytes) {
    REQUIRE(send(pair.theirs.get(), bytes.data(), bytes.size(), 0) == std::ssize(bytes));
  }
  std::string hear() const {
    std::array<char, 4096> bytes;
    const ssize_t got = recv(broker.theirs.get(), bytes.data(), bytes.size(), 0);
    return {bytes.data(), got < 0 ? 0 : static_cast<std::size_t>(got)};
  }
  Flow flow;
  Gate gate;
  PacketIds ids;
  GuardOrders orders;
  culvert::test::Heard heard;
  Pair broker, paho;
  Connection connection;
};

}  // namespace

TEST_CASE("connection: without keep-alive a PINGREQ that asks what was read has 30 s for its answer") {
  Rig rig{0};
  CHECK(rig.connection.step(false, false, 1000 * s));
  CHECK(rig.connection.wish(1000 * s).until_ns == KeepAlive::never);
  rig.connection.answer(true, 1000 * s);
  CHECK(rig.connection.step(false, false, 1000 * s));
  CHECK(rig.hear() == packet({0xc0, 0}));
  CHECK(rig.connection.wish(1000 * s).until_ns == 1030 * s);
  SUBCASE("answered") {
    Rig::say(rig.broker, packet({0xd0, 0}));
    CHECK(rig.connection.step(false, true, 1029 * s));
    CHECK(rig.connection.wish(1029 * s).until_ns == KeepAlive::never);
    CHECK(rig.connection.step(false, false, 2000 * s));
  }
  SUBCASE("other things come, and it may be behind them") {
    Rig::say(rig.broker, packet({0x30, 5, 0, 1, 'a', 0, 'x'}));
    CHECK(rig.connection.step(false, true, 1029 * s));
    CHECK(rig.connection.step(false, false, 1058 * s));
    CHECK(!rig.connection.step(false, false, 1059 * s));
  }
  SUBCASE("silence") {
    CHECK(rig.connection.step(false, false, 1029 * s));
    CHECK(!rig.connection.step(false, false, 1030 * s));
    CHECK(rig.connection.why() == "no answer to PINGREQ in time");
  }
}

TEST_CASE(
    "connection: behind DISCONNECT it reads what the broker still sends, to the broker's end or as long as it may") {
  Rig rig{10};
  rig.orders.parting_ns = 60 * s;
  rig.orders.disconnect_expected = true;
  Rig::say(rig.paho, packet({0xe0, 0}));
  CHECK(rig.connection.step(true, false, 2 * s));
  CHECK(rig.hear() == packet({0xe0, 0}));
  CHECK(rig.connection.wish(2 * s).until_ns == 62 * s);
  const std::string much(2'000, '\x30');
  for (int i = 0; i < 20; ++i) {
    Rig::say(rig.broker, much);
    CHECK(rig.connection.step(false, true, 30 * s));
  }
  SUBCASE("the end") {
    rig.broker.theirs.close();
    CHECK(!rig.connection.step(false, true, 30 * s));
  }
  SUBCASE("no end") { CHECK(!rig.connection.step(false, false, 62 * s)); }
  CHECK(rig.connection.why().empty());
}

TEST_CASE("connection: a client that is gone before it has read what was for it takes no DISCONNECT with it") {
  Rig rig{10};
  rig.orders.disconnect_expected = true;
  // PINGREQ has an answer.
  Rig::say(rig.paho, packet({0xc0, 0, 0xe0, 0}));
  rig.paho.theirs.close();
  CHECK(rig.connection.step(true, false, 2 * s));
  CHECK(rig.hear() == packet({0xe0, 0}));
}

TEST_CASE("connection: a broker that is turned away has half a second to read why") {
  Rig rig{10};
  Rig::say(rig.broker, packet({0x20, 3, 0, 0, 0}));
  CHECK(rig.connection.step(false, true, 2 * s));
  CHECK(!rig.hear().empty());
  CHECK(rig.connection.wish(2 * s).until_ns == 2 * s + s / 2);
  CHECK(!rig.connection.step(false, false, 2 * s + s / 2));
  CHECK(rig.connection.why() == "the broker broke the protocol: a CONNACK out of turn");
}

TEST_CASE("connection: with keep-alive a PINGREQ that asks what was read changes nothing about when a broker is gone") {
  Rig rig{10};
  rig.connection.answer(true, 2 * s);
  CHECK(rig.connection.step(false, false, 2 * s));
  CHECK(rig.hear() == packet({0xc0, 0}));
  CHECK(rig.connection.step(false, false, 8 * s));
  CHECK(rig.connection.step(false, false, 9 * s));
  CHECK(rig.hear() == packet({0xc0, 0}));
  CHECK(rig.connection.step(false, false, 12 * s));
  CHECK(!rig.connection.step(false, false, 14 * s));
}
