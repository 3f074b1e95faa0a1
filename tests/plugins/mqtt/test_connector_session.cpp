// SPDX-License-Identifier: MIT
// The connector and what outlives a connection: sessions and their subscriptions.
#include "harness/checks.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <memory>

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

constexpr unsigned subscribe = 8, unsubscribe = 10, disconnect = 14;

unsigned type_of(const std::string& packet) { return static_cast<uint8_t>(packet.at(0)) >> 4; }

// Of a SUBSCRIBE or UNSUBSCRIBE with one filter. `ret_options`: the byte after it.
std::string filter_of(const std::string& packet, bool five = true, unsigned* ret_options = nullptr) {
  const std::size_t at = five ? 7 : 6, size = static_cast<uint8_t>(packet.at(at - 1));
  if (ret_options != nullptr) { *ret_options = static_cast<uint8_t>(packet.at(at + size)); }
  return packet.substr(at, size);
}

std::string suback(unsigned id, unsigned code, bool five = true) {
  return five ? packet({0x90, 4, id >> 8, id & 0xff, 0, code}) : packet({0x90, 3, id >> 8, id & 0xff, code});
}

NodeUnderTest::Options subscribing(const MockBroker& broker, const std::vector<std::string>& filters,
                                   NodeUnderTest::Options more = {}) {
  more.insert({"client_id", "c"});
  for (std::size_t i = 0; i < filters.size(); ++i) { more["subscribe[" + std::to_string(i) + "].topic"] = filters[i]; }
  return options(broker, more);
}

// Grants what is asked until the node is up. Answers "+filter" for each subscription, "=filter" for each that is to
// bring what is retained only if it is new, and "-filter" for each that ends.
std::vector<std::string> grant(MockBroker& broker, NodeUnderTest& node, unsigned qos = 1, bool five = true) {
  std::vector<std::string> asked;
  while (!node.wait_for_link(CULVERT_LINK_UP, 1ms)) {
    if (!broker.has_packet(50)) { continue; }
    const auto got = broker.read();
    const unsigned id = id_of(got);
    if (type_of(got) == subscribe) {
      unsigned options = 0;
      const auto filter = filter_of(got, five, &options);
      asked.push_back(((options & 0x30) == 0x10 ? '=' : '+') + filter);
      broker.send(suback(id, qos, five));
    } else if (type_of(got) == unsubscribe) {
      asked.push_back('-' + filter_of(got, five));
      broker.send(five ? packet({0xb0, 4, id >> 8, id & 0xff, 0, 0}) : packet({0xb0, 2, id >> 8, id & 0xff}));
    }
  }
  return asked;
}

using Asked = std::vector<std::string>;

}  // namespace

TEST_CASE("session: a resumed one is asked for all, without what is retained where it has it, and the rest ends") {
  MockBroker broker;
  const TemporaryFolder state;
  const auto asked = [&](NodeUnderTest::Options options, bool present) {
    NodeUnderTest node{std::move(options), "cloud", state.path()};
    broker.let_in(present);
    return grant(broker, node);
  };
  CHECK(asked(subscribing(broker, {"a", "b"}), false) == Asked{"+a", "+b"});
  struct stat facts {};
  REQUIRE(stat((state.path() + "/mqtt-cloud.subscriptions").c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  CHECK(asked(subscribing(broker, {"a", "b"}), true) == Asked{"=a", "=b"});
  CHECK(asked(subscribing(broker, {"a", "c"}), true) == Asked{"-b", "=a", "+c"});
  CHECK(asked(subscribing(broker, {"a", "c"}), true) == Asked{"=a", "=c"});
  // Another QoS or another option is another subscription.
  CHECK(asked(subscribing(broker, {"a", "c"}, {{"subscribe[0].qos", "2"}}), true) == Asked{"+a", "=c"});
  CHECK(asked(subscribing(broker, {"a", "c"}, {{"subscribe[0].qos", "2"}, {"subscribe[1].no_local", "true"}}), true) ==
        Asked{"=a", "+c"});
  // What the broker has forgotten is nothing to rely on, nor what another client has.
  CHECK(asked(subscribing(broker, {"a", "c"}), false) == Asked{"+a", "+c"});
  CHECK(asked(subscribing(broker, {"a", "c"}, {{"client_id", "d"}}), true) == Asked{"+a", "+c"});
  CHECK(asked(subscribing(broker, {"a", "c"}), true) == Asked{"=a", "=c"});
}

TEST_CASE("session: a reconnection that resumes it asks for all again, with either version") {
  for (const bool five : {true, false}) {
    MockBroker broker;
    NodeUnderTest node{subscribing(broker, {"a", "b"},
                                   {{"version", five ? "5" : "3.1.1"}, {"subscribe[1].retain_handling", "never"}})};
    broker.let_in();
    CHECK(grant(broker, node, 1, five) == Asked{"+a", "+b"});
    broker.close();
    CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_DOWN));
    broker.let_in(true);
    CHECK(grant(broker, node, 1, five) == (five ? Asked{"=a", "+b"} : Asked{"+a", "+b"}));
    CHECK_SAYING(node, node.count_lines("session resumed") == 1);
  }
}

TEST_CASE("session: what was refused or not answered is asked for again when it is resumed") {
  MockBroker broker;
  const TemporaryFolder state;
  {
    NodeUnderTest node{subscribing(broker, {"a", "b"}), "cloud", state.path()};
    broker.let_in();
    broker.send(suback(id_of(broker.read(subscribe)), 0x87));
    broker.read(subscribe);
    broker.close();
    CHECK_SAYING(node, node.wait_for_line("the broker closed the connection"));
  }
  {
    NodeUnderTest node{subscribing(broker, {"a"}), "cloud", state.path()};
    broker.let_in(true);
    // The second may have been granted: nobody knows, so it is ended.
    CHECK(grant(broker, node) == Asked{"-b", "+a"});
  }
}

TEST_CASE("session: to ask for one that it had, and that was refused since, is a new subscribing") {
  MockBroker broker;
  NodeUnderTest node{subscribing(broker, {"a"})};
  broker.let_in();
  CHECK(grant(broker, node) == Asked{"+a"});
  for (const bool has : {true, false}) {
    broker.close();
    CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_DOWN));
    broker.let_in(true);
    unsigned options = 0;
    const auto asked = broker.read(subscribe);
    filter_of(asked, true, &options);
    CHECK(options == (has ? 0x11 : 1));
    broker.send(suback(id_of(asked), 0x87));
    CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  }
}

TEST_CASE("session: a file that cannot be used costs a new subscribing and a warning, no more") {
  MockBroker broker;
  const TemporaryFolder state;
  const std::string path = state.path() + "/mqtt-cloud.subscriptions";
  const char* said = "was damaged: every subscription is made anew";
  SUBCASE("garbage") { std::ofstream{path} << "\x01\x02\x03"; }
  SUBCASE("empty") { std::ofstream{path}.flush(); }
  SUBCASE("cut off") {
    std::ofstream{path} << "culvert subscriptions 1\nsession\tc\t" << broker.url() << "\nfilter\tq";
  }
  SUBCASE("too long") { std::ofstream{path} << std::string(2u << 20, 'x'); }
  SUBCASE("a link") {
    REQUIRE(symlink("/etc/hostname", path.c_str()) == 0);
    said = "subscriptions of former runs are not known: open '";
  }
  NodeUnderTest node{subscribing(broker, {"a"}), "cloud", state.path()};
  broker.let_in(true);
  CHECK(grant(broker, node) == Asked{"+a"});
  CHECK_SAYING(node, node.count_lines(said) == 1);
}

TEST_CASE("session: where it ends with the connection nothing is remembered, and UNSUBSCRIBE comes first at the end") {
  MockBroker broker;
  const TemporaryFolder state;
  NodeUnderTest node{subscribing(broker, {"a"}), "cloud", state.path()};
  // The broker keeps no session whatever is asked for.
  broker.let_in(false, packet({17, 0, 0, 0, 0}));
  CHECK(grant(broker, node) == Asked{"+a"});
  CHECK(access((state.path() + "/mqtt-cloud.subscriptions").c_str(), F_OK) != 0);
  CHECK_SAYING(node, node.wait_for_line("the broker keeps no session"));
  std::thread stopping{[&] { node.stop(); }};
  const auto next = broker.read();
  CHECK(type_of(next) == unsubscribe);
  const unsigned id = id_of(next);
  broker.send(packet({0xb0, 4, id >> 8, id & 0xff, 0, 0}));
  CHECK(type_of(broker.read()) == disconnect);
  stopping.join();
}

TEST_CASE("session: a shorter one than was asked for is said once") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}, {"session_expiry", "7200000000000"}})};
  for (int i = 0; i < 2; ++i) {
    broker.let_in(i > 0, packet({17, 0, 0, 1, 0x2c}));
    CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
    broker.close();
    CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_DOWN));
  }
  CHECK_SAYING(node, node.count_lines("the broker keeps the session for 5 min, not for 120 min") == 1);
}

TEST_CASE("session: the keep-alive that the broker demands is obeyed") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}, {"keep_alive", "60000000000"}})};
  broker.let_in(false, packet({19, 0, 1}));
  CHECK(broker.read() == packet({0xc0, 0}));
  CHECK_SAYING(node, node.wait_for_line("lost: no answer to PINGREQ in time"));
}

TEST_CASE("session: whatever passes in one direction only, there is one PINGREQ in a keep-alive, and no two") {
  enum { idle, in, out };
  MockBroker brokers[3];
  std::vector<std::unique_ptr<NodeUnderTest>> nodes;
  for (auto& broker : brokers) {
    nodes.push_back(std::make_unique<NodeUnderTest>(
        options(broker, {{"client_id", "c"}, {"keep_alive", "2000000000"}, {"qos", "0"}})));
    broker.let_in();
  }
  for (auto& node : nodes) { CHECK_SAYING(*node, node->wait_for_link(CULVERT_LINK_UP)); }
  constexpr int pings = 4;
  std::chrono::steady_clock::time_point first[3], last[3];
  int count[3] = {};
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (*std::min_element(count, count + 3) < pings && std::chrono::steady_clock::now() < deadline) {
    nodes[out]->send("a", "x");
    brokers[in].send(packet({0x30, 5, 0, 1, 'a', 0, 'x'}));
    for (int i : {idle, in, out}) {
      // It is also what parts one round from the next.
      if (!brokers[i].has_packet(20) || brokers[i].read() != packet({0xc0, 0})) { continue; }
      brokers[i].send(packet({0xd0, 0}));
      last[i] = std::chrono::steady_clock::now();
      if (count[i]++ == 0) { first[i] = last[i]; }
    }
  }
  for (int i : {idle, in, out}) {
    CHECK_SAYING(*nodes[i], nodes[i]->count_lines("lost") == 0);
    REQUIRE(count[i] >= pings);
    const std::chrono::duration<double> between = (last[i] - first[i]) / (count[i] - 1);
    CHECK_MESSAGE(between.count() < 2, i);
    // They are sent after 1.5 s; the first one may be seen later than the others.
    CHECK_MESSAGE(between.count() > 1.2, i);
  }
}

TEST_CASE("subscribe: each option is in SUBSCRIBE, and not with MQTT 3.1.1") {
  MockBroker broker;
  NodeUnderTest::Options more{{"subscribe[0].no_local", "true"},
                              {"subscribe[1].retain_as_published", "true"},
                              {"subscribe[2].retain_handling", "new"},
                              {"subscribe[3].retain_handling", "never"},
                              {"subscribe[4].retain_handling", "always"}};
  const std::vector<std::string> filters{"a", "b", "c", "d", "e"};
  {
    NodeUnderTest node{subscribing(broker, filters, more)};
    broker.let_in();
    for (const unsigned expected : {1u | 4u, 1u | 8u, 1u | 0x10u, 1u | 0x20u, 1u}) {
      unsigned got = 0;
      filter_of(broker.read(subscribe), true, &got);
      CHECK(got == expected);
    }
  }
  more["version"] = "3.1.1";
  NodeUnderTest node{subscribing(broker, filters, more)};
  broker.let_in();
  for (int i = 0; i < 5; ++i) { CHECK(broker.read(subscribe).back() == '\1'); }
  CHECK_SAYING(
      node, node.count_lines("'no_local', 'retain_as_published' and 'retain_handling' of 'a' are not possible") == 1);
}

TEST_CASE("subscribe: what the broker has not is not asked for, and degrades the node with the reason") {
  MockBroker broker;
  NodeUnderTest node{subscribing(broker, {"a/+", "$share/g/b", "c"})};
  broker.let_in(false, packet({40, 0, 42, 0}));
  CHECK(grant(broker, node) == Asked{"+c"});
  CHECK_SAYING(node, node.count_lines("report 2 subscribe to 'a/+': the broker has no wildcards in subscriptions, "
                                      "'$share/g/b': the broker has no shared subscriptions") == 1);
  CHECK_SAYING(node, node.count_lines("next try in") == 0);
  broker.close();
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_DOWN));
  broker.let_in(false, packet({39, 0, 0, 0, 20}));
  CHECK(grant(broker, node) == Asked{"+a/+", "+c"});
  CHECK_SAYING(node, node.count_lines("subscribe to '$share/g/b': the broker takes packets of 20 bytes") == 1);
  broker.close();
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_DOWN));
  broker.let_in();
  CHECK(grant(broker, node) == Asked{"+a/+", "+$share/g/b", "+c"});
  CHECK_SAYING(node, node.count_lines("report 0 the broker gives every subscription now") == 1);
}

TEST_CASE("subscribe: a lower QoS than was asked for is said") {
  MockBroker broker;
  NodeUnderTest node{subscribing(broker, {"a"}, {{"subscribe[0].qos", "2"}})};
  broker.let_in();
  grant(broker, node, 0);
  CHECK_SAYING(node, node.count_lines("warn the broker gives 'a' with QoS 0 instead of 2") == 1);
}

TEST_CASE("subscribe: what cannot be meant is refused before anything is opened") {
  const auto refused = [](NodeUnderTest::Options more, const char* why) {
    more.insert({"url[0]", "mqtt://broker.test"});
    NodeUnderTest node{more};
    CHECK(!node.is_running());
    CHECK_SAYING(node, node.count_lines(why) == 1);
  };
  refused({{"subscribe[0].topic", "$share/g/a"}, {"subscribe[0].no_local", "true"}},
          "option 'subscribe[0].no_local' is not possible with the shared subscription '$share/g/a'");
  for (const char* filter : {"$share/", "$share/g", "$share/g/", "$share//a", "$share/+/a", "$share/#"}) {
    refused({{"subscribe[0].topic", filter}}, "option 'subscribe[0].topic' must be '$share/GROUP/FILTER', the group");
  }
  refused({{"subscribe[0].topic", "a"}, {"subscribe[1].topic", "a"}}, "option 'subscribe' names 'a' twice");
  refused({{"subscribe[0].topic", "a"}, {"subscribe[0].retain_handling", "once"}},
          "option 'subscribe[0].retain_handling' must be always, new or never, got 'once'");
}
