// SPDX-License-Identifier: MIT
// The connector and several brokers: failover, and the way back to the first.
#include "harness/checks.hpp"

#include <algorithm>
#include <utility>
#include <vector>

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

constexpr unsigned disconnect = 14;

unsigned type_of(const std::string& packet) { return static_cast<uint8_t>(packet.at(0)) >> 4; }

}  // namespace

TEST_CASE("failback: the first broker is gone back to when it answers again") {
  MockBroker first, second;
  NodeUnderTest node{options(first, {{"client_id", "c"}, {"url[1]", second.url()}, {"failback", "50000000"}})};
  first.let_in();
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  first.go_away();
  second.let_in();
  CHECK_SAYING(node, node.wait_for_line("connected to '" + second.url()));
  node.send("a", "on its way");
  const unsigned id = id_of(second.read(3));
  first.come_back();
  CHECK_SAYING(node,
               node.wait_for_line("info '" + first.url() + "' answers again: leaving '" + second.url() + "' for it"));
  // What is on its way is waited for before DISCONNECT.
  CHECK(second.is_quiet_past_node());
  second.send(packet({0x40, 2, id >> 8, id & 0xff}));
  CHECK(type_of(second.read()) == disconnect);
  first.let_in();
  CHECK_SAYING(node, node.wait_for_line("connected to '" + first.url() + "' (MQTT 5, no TLS, client id 'c', new"));
  CHECK_SAYING(node, node.ended().at(1) == CULVERT_OK);
  CHECK(node.taken().size() == 1);
}

TEST_CASE("failback: a broker that answers and then refuses is no reason to be without one") {
  MockBroker first, second;
  NodeUnderTest node{options(first, {{"client_id", "c"}, {"url[1]", second.url()}, {"failback", "100000000"}})};
  first.accept();
  first.read();
  first.send(packet({0x20, 3, 0, 0x80, 0}));
  second.let_in();
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  first.accept();
  CHECK(first.read().empty());
  CHECK(type_of(second.read()) == disconnect);
  first.accept();
  first.read();
  first.send(packet({0x20, 3, 0, 0x80, 0}));
  second.let_in();
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  CHECK_SAYING(node, node.count_lines("connected to '" + second.url()) == 2);
}

TEST_CASE("failback: 0s stays with the broker that works") {
  MockBroker first, second;
  NodeUnderTest node{options(first, {{"client_id", "c"}, {"url[1]", second.url()}, {"failback", "0"}})};
  first.go_away();
  second.let_in();
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  first.come_back();
  CHECK(!second.has_packet(500));
  CHECK_SAYING(node, node.count_lines("answers again") == 0);
}

TEST_CASE("failover: what one broker did not acknowledge is offered anew to another, whatever session that has") {
  MockBroker first, second;
  NodeUnderTest node{options(
      first,
      {{"client_id", "c"}, {"url[1]", second.url()}, {"clean_start", "false"}, {"session_expiry", "60000000000"}})};
  first.let_in();
  node.send("a", "1");
  node.send("a", "2");
  first.read(3);
  first.read(3);
  first.go_away();
  second.let_in(true);
  for (const char* payload : {"1", "2"}) {
    const auto again = second.read(3);
    CHECK((again[0] & 8) == 0);
    CHECK(again.ends_with(payload));
    const unsigned id = id_of(again);
    second.send(packet({0x40, 2, id >> 8, id & 0xff}));
  }
  CHECK_SAYING(node, node.wait_for_ended(2));
  CHECK(node.taken() == std::vector<uint64_t>{1, 2, 1, 2});
}

TEST_CASE("failover: a clean start at one broker is none at another, whose session is resumed after that") {
  MockBroker first, second;
  NodeUnderTest node{options(first, {{"client_id", "c"},
                                     {"url[1]", second.url()},
                                     {"version", "5"},
                                     {"clean_start", "true"},
                                     {"session_expiry", "60000000000"},
                                     {"backoff.max", "2000000000"}})};
  first.let_in();
  node.send("a", "1");
  const unsigned id = id_of(first.read(3));
  first.close();
  // The first one is busy for a while, and the second ends what would be a new session.
  first.accept();
  first.read();
  first.send(packet({0x20, 3, 0, 0x89, 0}));
  second.accept();
  CHECK((second.read().at(9) & 2) != 0);
  second.close();
  second.accept();
  second.go_away();
  CHECK((first.let_in(true).at(9) & 2) == 0);
  const auto again = first.read(3);
  CHECK((again.at(0) & 8) != 0);
  CHECK(id_of(again) == id);
  CHECK(node.taken() == std::vector<uint64_t>{1});
}

TEST_CASE("failover: no packet id is used again that a session of ours at another broker may still hold") {
  MockBroker first, second;
  NodeUnderTest node{options(first, {{"client_id", "c"},
                                     {"url[1]", second.url()},
                                     {"qos", "2"},
                                     {"clean_start", "false"},
                                     {"session_expiry", "60000000000"},
                                     {"failback", "0"}})};
  node.send("a", "x");
  std::vector<unsigned> ids;
  MockBroker* here = &first;
  MockBroker* there = &second;
  for (int stay = 0; stay < 4; ++stay) {
    here->let_in(stay > 0);
    ids.push_back(id_of(here->read(3)));
    if (stay > 0) { there->come_back(); }
    here->go_away();
    std::swap(here, there);
  }
  std::sort(ids.begin(), ids.end());
  CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
}

TEST_CASE("failover: a session is begun anew once at each broker") {
  MockBroker first, second;
  NodeUnderTest node{options(first, {{"client_id", "c"},
                                     {"url[1]", second.url()},
                                     {"clean_start", "true"},
                                     {"session_expiry", "60000000000"},
                                     {"failback", "0"}})};
  const auto starts_clean = [&](MockBroker& broker, bool present) {
    const auto connect = broker.let_in(present);
    CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
    return (connect.at(9) & 2) != 0;
  };
  CHECK(starts_clean(first, false));
  first.close();
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_DOWN));
  CHECK(!starts_clean(first, true));
  first.go_away();
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_DOWN));
  CHECK(starts_clean(second, false));
  second.close();
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_DOWN));
  CHECK(!starts_clean(second, true));
}
