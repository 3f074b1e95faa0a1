// SPDX-License-Identifier: MIT
// The connector against a real broker.
#include "harness/checks.hpp"

#include <cstdlib>
#include <fstream>
#include <set>

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;

TEST_CASE("connector: what is published comes back to who subscribed, with its properties") {
  const Mosquitto broker;
  const TemporaryFolder state;
  NodeUnderTest node{options(broker, {{"subscribe[0].topic", "a/#"}}), "cloud", state.path()};
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  node.send("a/b", "hello", {{"color", "red"}});
  CHECK_SAYING(node, node.wait_for_ended(1));
  CHECK(node.ended().at(1) == CULVERT_OK);
  REQUIRE(node.wait_for_received(1));
  CHECK(node.received()[0].topic == "a/b");
  CHECK(node.received()[0].payload == "hello");
  CHECK(node.received()[0].properties.at("color") == "red");
  CHECK(node.received()[0].properties.at("mqtt.qos") == "1");
  CHECK(node.count_lines("info connected to 'mqtt://127.0.0.1:") == 1);
  CHECK(node.count_lines("MQTT 5") == 1);
}

TEST_CASE("connector: every QoS, empty payloads and NUL bytes go out and come in") {
  const Mosquitto broker;
  const TemporaryFolder state;
  for (const char* version : {"5", "3.1.1"}) {
    NodeUnderTest node{
        options(broker, {{"subscribe[0].topic", "a/#"}, {"subscribe[0].qos", "2"}, {"version", version}}), "cloud",
        state.path()};
    CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
    for (const char* qos : {"0", "1", "2"}) { node.send("a/" + std::string{qos}, "", {{"mqtt.qos", qos}}); }
    node.send("a/nul", std::string{"x\0y", 3}, {{"mqtt.qos", "2"}});
    CHECK_SAYING(node, node.wait_for_ended(4));
    CHECK_SAYING(node, node.wait_for_received(4));
    for (const auto& each : node.received()) {
      if (each.topic == "a/nul") { CHECK(each.payload == std::string{"x\0y", 3}); }
    }
    CHECK(node.count_lines("MQTT 3.1.1 a broker may acknowledge") == (version[0] == '5' ? 0u : 1u));
  }
}

TEST_CASE("connector: a retained message is told from a live one") {
  const Mosquitto broker;
  const TemporaryFolder state;
  NodeUnderTest writer{options(broker, {{"retain", "true"}}), "writer", state.path()};
  writer.send("a/kept", "1");
  CHECK_SAYING(writer, writer.wait_for_ended(1));
  NodeUnderTest reader{options(broker, {{"subscribe[0].topic", "a/#"}}), "reader", state.path()};
  CHECK_SAYING(reader, reader.wait_for_received(1));
  CHECK((reader.received()[0].flags & CULVERT_RETAINED) != 0);
}

TEST_CASE("connector: large payloads over TLS") {
  const Mosquitto broker{true};
  const TemporaryFolder state;
  NodeUnderTest node{options(broker, {{"subscribe[0].topic", "a/#"}}), "cloud", state.path()};
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  node.send("a/b", std::string(1'000'000, 'x'));
  CHECK_SAYING(node, node.wait_for_received(1));
  CHECK(node.received()[0].payload == std::string(1'000'000, 'x'));
  CHECK(node.count_lines("TLS 1.3") == 1);
}

TEST_CASE("connector: a certificate for another name is refused, and no CONNECT leaves") {
  const Mosquitto broker{true, "log_type all", "DNS:other.test"};
  const TemporaryFolder state;
  NodeUnderTest node{options(broker, {{"username", "me"}, {"password", "secret"}}), "cloud", state.path()};
  CHECK_SAYING(node, node.wait_for_line("other.test"));
  CHECK_SAYING(node, node.count_lines("error connect to 'mqtts://localhost:") >= 1);
  CHECK_SAYING(node, node.count_lines("next try in") >= 1);
  node.stop();
  std::ifstream log{broker.folder() + "/broker.log"};
  const std::string said{std::istreambuf_iterator<char>{log}, {}};
  CHECK(said.find("New client connected") == std::string::npos);
  CHECK(said.find("CONNECT") == std::string::npos);
}

TEST_CASE("connector: refused credentials are said with the reason in words") {
  const Mosquitto broker{false, "allow_anonymous false"};
  const TemporaryFolder state;
  NodeUnderTest node{options(broker), "cloud", state.path()};
  CHECK_SAYING(node, node.wait_for_line("the broker refused the connection: not authorized (135), next try in"));
  NodeUnderTest old{options(broker, {{"version", "3.1.1"}}), "cloud", state.path()};
  CHECK_SAYING(old, old.wait_for_line("the broker refused the connection: not authorized (5), next try in"));
}

TEST_CASE("connector: a killed broker costs no message") {
  Mosquitto broker;
  const TemporaryFolder state;
  NodeUnderTest node{options(broker), "cloud", state.path()};
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  constexpr std::size_t count = 6000;
  for (std::size_t i = 0; i < count; ++i) { node.send("a/b", std::to_string(i)); }
  CHECK_SAYING(node, node.wait_for_ended(500));
  broker.kill();
  CHECK_SAYING(node, node.wait_for_line("lost: ", 5s));
  CHECK_SAYING(node, node.wait_for_line("Connection refused", 5s));
  broker.start();
  CHECK_SAYING(node, node.wait_for_ended(count, 30s));
  for (const auto& [number, status] : node.ended()) { REQUIRE(status == CULVERT_OK); }
  // Once more in order: 1 2 3 2 3 4.
  std::size_t reached = 0;
  for (const uint64_t each : node.taken()) {
    REQUIRE(each <= reached + 1);
    reached = std::max<std::size_t>(reached, each);
  }
  CHECK(node.count_lines("bug") == 0);
}

TEST_CASE("connector: a frozen broker is noticed by its silence") {
  const Mosquitto broker;
  const TemporaryFolder state;
  NodeUnderTest node{options(broker, {{"keep_alive", "1000000000"}}), "cloud", state.path()};
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  broker.freeze();
  const auto before = std::chrono::steady_clock::now();
  CHECK_SAYING(node, node.wait_for_line("lost: no answer to PINGREQ in time"));
  CHECK(std::chrono::steady_clock::now() - before < 1500ms);
  broker.thaw();
}

TEST_CASE("connector: an idle connection is kept alive") {
  const Mosquitto broker;
  const TemporaryFolder state;
  NodeUnderTest node{options(broker, {{"keep_alive", "1000000000"}}), "cloud", state.path()};
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  CHECK_SAYING(node, !node.wait_for_line("lost", 2500ms));
}

TEST_CASE("connector: full routes hold the broker back and lose nothing above QoS 0") {
  const Mosquitto broker{false, "max_queued_messages 0\nmax_inflight_messages 0"};
  const TemporaryFolder state;
  NodeUnderTest reader{options(broker, {{"subscribe[0].topic", "a/#"}}), "reader", state.path()};
  CHECK_SAYING(reader, reader.wait_for_link(CULVERT_LINK_UP));
  reader.answer_emits_with(CULVERT_AGAIN);
  NodeUnderTest writer{options(broker), "writer", state.path()};
  constexpr std::size_t count = 5000;
  for (std::size_t i = 0; i < count; ++i) { writer.send("a/b", std::to_string(i) + std::string(3000, ' ')); }
  CHECK_SAYING(writer, writer.wait_for_ended(count, 30s));
  CHECK(reader.received().empty());
  reader.answer_emits_with(CULVERT_OK);
  CHECK_SAYING(reader, reader.wait_for_received(count, 30s));
  std::size_t next = 0;
  for (const auto& each : reader.received()) { REQUIRE(std::stoul(each.payload) == next++); }
}

TEST_CASE("connector: the will is published after a crash and not after a stop") {
  const Mosquitto broker;
  const TemporaryFolder state;
  NodeUnderTest reader{options(broker, {{"subscribe[0].topic", "state"}}), "reader", state.path()};
  CHECK_SAYING(reader, reader.wait_for_link(CULVERT_LINK_UP));
  const NodeUnderTest::Options with_will{{"will.topic", "state"}, {"will.payload", "offline"}, {"client_id", "one"}};
  {
    NodeUnderTest node{options(broker, with_will), "node", state.path()};
    CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
    node.stop();
  }
  reader.send("state", "mark");
  CHECK_SAYING(reader, reader.wait_for_received(1));
  CHECK(reader.received()[0].payload == "mark");
  // The session is taken over: for the broker the first one broke.
  NodeUnderTest node{options(broker, with_will), "node", state.path()};
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  NodeUnderTest rival{options(broker, {{"client_id", "one"}}), "rival", state.path()};
  CHECK_SAYING(reader, reader.wait_for_received(2));
  CHECK(reader.received()[1].payload == "offline");
  CHECK_SAYING(node, node.wait_for_line("lost: the broker closed the connection"));
}

TEST_CASE("connector: of several brokers the next one is tried when one is down") {
  const Mosquitto broker;
  const TemporaryFolder state;
  const std::string down = "mqtt://127.0.0.1:" + std::to_string(free_port());
  NodeUnderTest node{options(broker, {{"url[0]", down}, {"url[1]", broker.url()}}), "cloud", state.path()};
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  CHECK_SAYING(node, node.count_lines("connect to '" + down) == 1);
  CHECK_SAYING(node, node.count_lines("trying '" + broker.url() + "' now") == 1);
}

TEST_CASE("connector: the environment cannot send the client elsewhere") {
  const Mosquitto broker;
  const TemporaryFolder state;
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  {
    NodeUnderTest node{options(broker), "cloud", state.path()};
    CHECK(!node.is_running());
    CHECK_SAYING(node, node.count_lines("the environment holds 'http_proxy'") == 1);
  }
  unsetenv("http_proxy");
}

TEST_CASE("connector: with MQTT 3.1.1 a broker of default limits gets every message of QoS 2") {
  const Mosquitto broker;
  const TemporaryFolder state;
  NodeUnderTest reader{options(broker, {{"subscribe[0].topic", "a"}}), "reader", state.path()};
  CHECK_SAYING(reader, reader.wait_for_link(CULVERT_LINK_UP));
  NodeUnderTest writer{options(broker, {{"version", "3.1.1"}, {"qos", "2"}}), "writer", state.path()};
  constexpr std::size_t count = 500;
  for (std::size_t i = 0; i < count; ++i) { writer.send("a", std::to_string(i)); }
  CHECK_SAYING(writer, writer.wait_for_ended(count, 30s));
  CHECK_SAYING(reader, reader.wait_for_received(count, 5s));
  CHECK(reader.received().size() == count);
}

TEST_CASE("connector: options of a subscription hold at a real broker") {
  const Mosquitto broker;
  NodeUnderTest writer{options(broker, {{"retain", "true"}}), "writer"};
  writer.send("a/kept", "1");
  CHECK_SAYING(writer, writer.wait_for_ended(1));
  NodeUnderTest node{options(broker, {{"subscribe[0].topic", "a/#"},
                                      {"subscribe[0].no_local", "true"},
                                      {"subscribe[0].retain_as_published", "true"},
                                      {"subscribe[0].retain_handling", "never"}})};
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  node.send("a/own", "2");
  CHECK_SAYING(node, node.wait_for_ended(1));
  writer.send("a/live", "3");
  CHECK_SAYING(node, node.wait_for_received(1));
  CHECK(node.received()[0].payload == "3");
  CHECK((node.received()[0].flags & CULVERT_RETAINED) != 0);
}

TEST_CASE("connector: of a shared subscription each message goes to one of the group") {
  const Mosquitto broker;
  const NodeUnderTest::Options shared{{"subscribe[0].topic", "$share/g/a"}};
  NodeUnderTest one{options(broker, shared), "one"}, two{options(broker, shared), "two"};
  CHECK_SAYING(one, one.wait_for_link(CULVERT_LINK_UP));
  CHECK_SAYING(two, two.wait_for_link(CULVERT_LINK_UP));
  NodeUnderTest writer{options(broker), "writer"};
  constexpr std::size_t count = 100;
  for (std::size_t i = 0; i < count; ++i) { writer.send("a", std::to_string(i)); }
  CHECK_SAYING(writer, writer.wait_for_ended(count));
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (one.received().size() + two.received().size() < count && std::chrono::steady_clock::now() < deadline) {
    one.wait_for_received(one.received().size() + 1, 10ms);
  }
  std::set<std::string> all;
  for (const auto* node : {&one, &two}) {
    CHECK(!node->received().empty());
    for (const auto& each : node->received()) { CHECK(all.insert(each.payload).second); }
  }
  CHECK(all.size() == count);
}

TEST_CASE("connector: two clients with one id that take the session from each other are told so") {
  const Mosquitto broker;
  const NodeUnderTest::Options same{{"client_id", "one"}};
  NodeUnderTest first{options(broker, same), "first"}, second{options(broker, same), "second"};
  CHECK_SAYING(first, first.wait_for_line("(again and again: does another client use the client id 'one'?)"));
}
