// SPDX-License-Identifier: MIT
#include "harness/mosquitto.hpp"
#include "harness/node.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

// Fails the case with all that the node said.
#define CHECK_SAYING(node, condition)                                  \
  do {                                                                 \
    const bool held = (condition);                                     \
    std::string said;                                                  \
    for (const auto& line : (node).lines()) { said += "\n  " + line; } \
    CHECK_MESSAGE(held, #condition << said);                           \
  } while (false)

NodeUnderTest::Options options(const Mosquitto& broker, NodeUnderTest::Options more = {}) {
  more.insert({{"url[0]", broker.url()}, {"backoff.min", "50000000"}, {"backoff.max", "200000000"}});
  if (broker.url().starts_with("mqtts")) { more.insert({"tls.ca", broker.ca()}); }
  return more;
}

}  // namespace

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

TEST_CASE("connector: over TLS") {
  const Mosquitto broker{true};
  const TemporaryFolder state;
  NodeUnderTest node{options(broker, {{"subscribe[0].topic", "a/#"}}), "cloud", state.path()};
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  node.send("a/b", std::string(100'000, 'x'));
  CHECK_SAYING(node, node.wait_for_received(1));
  CHECK(node.received()[0].payload == std::string(100'000, 'x'));
  CHECK(node.count_lines("TLS 1.3") == 1);
}
