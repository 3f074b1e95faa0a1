// SPDX-License-Identifier: MIT
// What is on its way out when a connection breaks, and its session goes on. The sockets hold little.
#include "harness/checks.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

using namespace culvert;
using namespace culvert::test;

namespace {

constexpr unsigned publish = 3, window = 6;
constexpr std::size_t size = 60'000;  // a few of them fill the sockets

NodeUnderTest::Options publisher(const MockBroker& broker, NodeUnderTest::Options more = {}) {
  more.insert({{"client_id", "c"},
               {"session_expiry", "60000000000"},
               {"topic_alias", "false"},
               {"window", std::to_string(window)},
               {"connect_timeout", "3000000000"}});
  return options(broker, more);
}

// The number that a message of `size` bytes begins with.
std::string numbered(unsigned number, std::size_t size) {
  std::string text = std::to_string(1000 + number);
  text.resize(std::max(size, text.size()), 'x');
  return text;
}
// Of a PUBLISH of MQTT 5 on "a", or of 3.1.1.
unsigned number_in(const std::string& packet, bool five) {
  const std::size_t topic = packet.find(std::string{"\0\1a", 3});
  return static_cast<unsigned>(std::stoul(packet.substr(topic + (five ? 6 : 5), 4))) - 1000;
}
std::string puback(unsigned id) { return packet({0x40, 2, id >> 8, id & 0xff}); }

// The next PUBLISH; empty when the connection was over, and the node has come again with its session.
std::string read_publish(MockBroker& broker) {
  auto got = broker.is_open() ? broker.read(publish) : std::string{};
  if (got.empty()) { broker.let_in(true); }
  return got;
}

std::vector<unsigned> from_to(unsigned first, unsigned last) {
  std::vector<unsigned> numbers(last - first + 1);
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

}  // namespace

TEST_CASE("resume: a window of messages goes again once, in order, and nothing new overtakes it") {
  constexpr unsigned count = 12;
  MockBroker broker;
  NodeUnderTest node{publisher(broker)};
  broker.let_in();
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  for (unsigned i = 1; i <= count; ++i) { node.send("a", numbered(i, size)); }
  std::vector<unsigned> ids, again, seen;
  for (unsigned i = 1; i <= window; ++i) { ids.push_back(id_of(broker.read(publish))); }
  for (int resumed = 0; resumed < 2; ++resumed) {
    broker.close();
    for (again.clear(); again.size() < window;) {
      const auto got = read_publish(broker);
      // A connection on which Paho comes to a halt is given up.
      if (got.empty()) {
        again.clear(), seen.clear();
        continue;
      }
      CHECK((got[0] & 8) != 0);
      again.push_back(id_of(got));
      seen.push_back(number_in(got, true));
    }
    CHECK(seen == from_to(1, window));
    CHECK(again == ids);
    seen.clear();
  }
  for (const unsigned id : ids) { broker.send(puback(id)); }
  for (unsigned i = window + 1; i <= count; ++i) {
    const auto got = broker.read(publish);
    CHECK((got[0] & 8) == 0);
    CHECK(number_in(got, true) == i);
    broker.send(puback(id_of(got)));
  }
  CHECK_SAYING(node, node.wait_for_ended(count));
}

TEST_CASE("resume: what the broker takes while the rest goes again makes room for nothing that overtakes") {
  constexpr unsigned count = 60;
  std::string version;
  SUBCASE("MQTT 5") { version = "5"; }
  SUBCASE("MQTT 3.1.1") { version = "3.1.1"; }
  const bool five = version == "5";
  MockBroker broker;
  NodeUnderTest node{publisher(broker, {{"version", version}, {"clean_start", "false"}})};
  for (unsigned i = 1; i <= count; ++i) { node.send("a", numbered(i, size)); }
  broker.let_in();
  unsigned acknowledged = 0;
  for (unsigned connection = 0; acknowledged < count; ++connection) {
    const unsigned most = connection % 3 * 7 + 5;
    unsigned last = 0;
    for (unsigned i = 0; i < most && last < count; ++i) {
      const auto got = read_publish(broker);
      if (got.empty()) {
        last = 0;
        continue;
      }
      const unsigned number = number_in(got, five);
      // Those whose acknowledgement was lost come first, then each in its turn.
      CHECK((last == 0 ? number <= acknowledged + 1 : number == last + 1));
      last = number;
      acknowledged = std::max(acknowledged, number);
      broker.send(puback(id_of(got)));
    }
    if (last < count) { broker.close(); }
  }
  CHECK_SAYING(node, node.wait_for_ended(count));
}
