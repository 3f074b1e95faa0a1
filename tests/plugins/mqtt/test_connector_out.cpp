// SPDX-License-Identifier: MIT
// The connector and what goes out: window, rate, properties, status.
#include "harness/checks.hpp"

#include <thread>

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

constexpr unsigned publish = 3, disconnect = 14;

unsigned type_of(const std::string& packet) { return static_cast<uint8_t>(packet.at(0)) >> 4; }

std::string puback(unsigned id, unsigned reason = 0) { return packet({0x40, 3, id >> 8, id & 0xff, reason}); }

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// The retained message on a topic, as a reader of its own gets it.
std::string retained(const Mosquitto& broker, const std::string& topic) {
  NodeUnderTest reader{options(broker, {{"subscribe[0].topic", topic}}), "reader"};
  return reader.wait_for_received(1) ? reader.received()[0].payload : "nothing";
}

}  // namespace

TEST_CASE("connector: a window of one keeps the order whatever the broker refuses") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}, {"window", "1"}})};
  broker.let_in();
  for (const char* payload : {"1", "2", "3"}) { node.send("a", payload); }
  const auto first = broker.read(publish);
  CHECK(broker.is_quiet_past_node());
  CHECK(node.taken().size() == 1);
  broker.send(puback(id_of(first), 0x97));
  const char* expected[] = {"1", "2", "3"};
  for (const char* payload : expected) {
    const auto next = broker.read(publish);
    CHECK(next.ends_with(payload));
    broker.send(puback(id_of(next)));
  }
  CHECK_SAYING(node, node.wait_for_ended(3));
}

TEST_CASE("connector: with a larger window a refused message goes behind what is on its way, and is said") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}, {"window", "2"}})};
  broker.let_in();
  for (const char* payload : {"1", "2", "3"}) { node.send("a", payload); }
  const auto first = broker.read(publish), second = broker.read(publish);
  broker.send(puback(id_of(first), 0x97));
  broker.send(puback(id_of(second)));
  for (const char* payload : {"1", "3"}) {
    const auto next = broker.read(publish);
    CHECK(next.ends_with(payload));
    broker.send(puback(id_of(next)));
  }
  CHECK_SAYING(node, node.wait_for_ended(3));
  CHECK_SAYING(node, node.count_lines("message on 'a' refused: quota exceeded (151), it goes again behind what is on "
                                      "its way in ") == 1);
}

TEST_CASE("connector: after a burst the maximum rate is kept from message to message") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}, {"qos", "0"}, {"max_rate", "5"}, {"burst", "15"}})};
  broker.let_in();
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  constexpr std::size_t burst = 15, count = 25;
  for (std::size_t i = 0; i < count; ++i) { node.send("a", std::to_string(i)); }
  std::vector<std::chrono::steady_clock::time_point> came;
  for (std::size_t i = 0; i < count; ++i) {
    CHECK(broker.read(publish).ends_with(std::to_string(i)));
    came.push_back(std::chrono::steady_clock::now());
  }
  // At an even pace the first fifteen would take 2.8 s, and the ten after them take 2 s.
  CHECK(came[burst - 1] - came[0] < 1500ms);
  CHECK(came.back() - came.front() >= 1900ms);
  CHECK_SAYING(node, node.wait_for_ended(count));
}

TEST_CASE("connector: properties of a message and an expiry are on the wire, and not with MQTT 3.1.1") {
  MockBroker broker;
  const std::map<std::string, std::string> properties{{"mqtt.response_topic", "r"},
                                                      {"mqtt.correlation_data", std::string{"\0k", 2}},
                                                      {"mqtt.payload_format", "1"},
                                                      {"u", "v"}};
  {
    NodeUnderTest node{options(broker, {{"client_id", "c"}, {"message_expiry", "90000000000"}})};
    broker.let_in();
    node.send("a", "x", properties);
    const auto first = broker.read(publish);
    CHECK(holds(first, packet({1, 1, 2, 0, 0, 0, 90})));
    CHECK(holds(first, packet({8, 0, 1, 'r'})));
    CHECK(holds(first, packet({9, 0, 2, 0, 'k'})));
    CHECK(holds(first, packet({38, 0, 1, 'u', 0, 1, 'v'})));
    node.send("a", "x", {{"mqtt.expiry", "7"}});
    CHECK(broker.read(publish).ends_with(packet({5, 2, 0, 0, 0, 7, 'x'})));
    node.send("a", "x", {{"mqtt.response_topic", "r/#"}});
    CHECK_SAYING(node, node.wait_for_line("set aside: its property 'mqtt.response_topic' must be a topic"));
    CHECK_SAYING(node, node.wait_for_ended(1));
    CHECK(node.ended().at(3) == CULVERT_REJECTED);
  }
  NodeUnderTest node{options(broker, {{"client_id", "c"}, {"version", "3.1.1"}})};
  broker.let_in();
  for (int i = 0; i < 2; ++i) {
    node.send("a", "x", properties);
    const auto got = broker.read(publish);
    CHECK(got == packet({0x32, 6, 0, 1, 'a', id_of(got) >> 8, id_of(got) & 0xff, 'x'}));
    broker.send(packet({0x40, 2, id_of(got) >> 8, id_of(got) & 0xff}));
  }
  CHECK_SAYING(node, node.count_lines("with MQTT 3.1.1 expiry, response topic, correlation data and payload format are "
                                      "left out") == 1);
}

TEST_CASE("status: retained and online once connected, offline by the will after a break, and before a clean end") {
  const Mosquitto broker;
  // Long enough away to be seen as offline.
  const NodeUnderTest::Options with_status{{"client_id", "one"},
                                           {"status_topic", "s/{runtime}/{node}"},
                                           {"backoff.min", "60000000000"},
                                           {"backoff.max", "60000000000"}};
  const auto state = [&] { return retained(broker, "s/bench/node"); };
  {
    NodeUnderTest node{options(broker, with_status), "node"};
    CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
    // The status leaves before the first message, and is acknowledged before it.
    node.send("x", "x");
    CHECK_SAYING(node, node.wait_for_ended(1));
    CHECK(state().starts_with(R"({"status":"online","version":"0.1.0","time":"20)"));
    // For the broker a session that is taken over has ended without DISCONNECT.
    NodeUnderTest rival{options(broker, {{"client_id", "one"}}), "rival"};
    CHECK_SAYING(rival, rival.wait_for_link(CULVERT_LINK_UP));
    CHECK(state() == R"({"status":"offline","version":"0.1.0"})");
  }
  NodeUnderTest node{options(broker, with_status), "node"};
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  node.stop();
  CHECK(state().starts_with(R"({"status":"offline","version":"0.1.0","time":"20)"));
}

TEST_CASE("status: leaves before DISCONNECT, and before the first message") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}, {"status_topic", "s"}})};
  node.send("a", "first");
  const auto connect = broker.let_in();
  CHECK(connect.at(9) == 0x2e);  // will retained, QoS 1; a clean start
  CHECK(holds(connect, R"({"status":"offline","version":"0.1.0"})"));
  const auto online = broker.read();
  CHECK(static_cast<uint8_t>(online.at(0)) == 0x33);
  CHECK(holds(online, R"({"status":"online")"));
  broker.send(puback(id_of(online)));
  const auto first = broker.read();
  CHECK(first.ends_with("first"));
  broker.send(puback(id_of(first)));
  CHECK_SAYING(node, node.wait_for_ended(1));
  std::thread stopping{[&] { node.stop(); }};
  const auto offline = broker.read();
  CHECK(static_cast<uint8_t>(offline.at(0)) == 0x33);
  CHECK(holds(offline, R"({"status":"offline")"));
  CHECK(broker.is_quiet());
  broker.send(puback(id_of(offline)));
  CHECK(type_of(broker.read()) == disconnect);
  stopping.join();
}

TEST_CASE("status: is as the broker can take it") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}, {"status_topic", "s"}})};
  SUBCASE("without retain where it says so in CONNACK") {
    broker.let_in(false, packet({37, 0, 36, 0}));
    CHECK(static_cast<uint8_t>(broker.read(publish).at(0)) == 0x30);
    CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
    broker.close();
    CHECK(broker.let_in().at(9) == 0x06);
  }
  SUBCASE("without retain, then without QoS, where it refuses the will") {
    for (const unsigned reason : {0x9au, 0x9bu}) {
      broker.accept();
      broker.read();
      broker.send(packet({0x20, 3, 0, reason, 0}));
    }
    CHECK(broker.let_in().at(9) == 0x06);
    CHECK_SAYING(node, node.count_lines("trying again with a will that it takes") == 2);
  }
  SUBCASE("said where it refuses the message") {
    broker.let_in();
    const unsigned id = id_of(broker.read(publish));
    broker.send(puback(id, 0x87));
    CHECK_SAYING(node, node.wait_for_line("warn status on 's' refused: not authorized (135)"));
  }
}

TEST_CASE("status: a topic that cannot be one, and a will beside it, are refused before anything is opened") {
  const auto refused = [](NodeUnderTest::Options more, const char* why) {
    more.insert({"url[0]", "mqtt://broker.test"});
    NodeUnderTest node{more};
    CHECK(!node.is_running());
    CHECK_SAYING(node, node.count_lines(why) == 1);
  };
  refused({{"status_topic", "s"}, {"will.topic", "w"}}, "options 'will' and 'status_topic' exclude each other");
  refused({{"status_topic", "s/{value}"}}, "option 'status_topic' knows {runtime} and {node} only, got 's/{value}'");
  refused({{"status_topic", "s/#"}}, "option 'status_topic' must be a topic");
  refused({{"status_topic", "s/\x01"}}, "option 'status_topic' must be a topic");
}
