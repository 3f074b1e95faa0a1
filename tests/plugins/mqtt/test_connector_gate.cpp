// SPDX-License-Identifier: MIT
// What comes in, against a broker that loses connections and acknowledgements at the worst moments.
#include "harness/subscriber.hpp"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;

TEST_CASE("connector: a message is acknowledged when it has ended, however it ended") {
  MockBroker broker;
  NodeUnderTest node{subscriber(broker)};
  node.hold_ends();
  let_in(broker, node);
  broker.send(publish(1, 1) + publish(1, 2) + publish(1, 3));
  CHECK_SAYING(node, node.wait_for_received(3));
  CHECK(broker.is_quiet());
  node.acknowledge(0, CULVERT_OK);
  CHECK(broker.read() == puback(1));
  node.acknowledge(1, CULVERT_REJECTED);
  CHECK(broker.read() == puback(2));
  node.acknowledge(2, CULVERT_DROPPED);
  CHECK(broker.read() == puback(3));
}

TEST_CASE("connector: what the host refuses is acknowledged at once") {
  MockBroker broker;
  NodeUnderTest node{subscriber(broker)};
  let_in(broker, node);
  node.answer_emits_with(CULVERT_REJECTED);
  broker.send(publish(1, 1) + publish(2, 2));
  CHECK(broker.read() == puback(1));
  CHECK(broker.read() == pubrec(2));
}

TEST_CASE("connector: acknowledgements leave in the order of the messages") {
  MockBroker broker;
  NodeUnderTest node{subscriber(broker)};
  node.hold_ends();
  let_in(broker, node);
  broker.send(publish(1, 1) + publish(2, 2) + publish(1, 3) + publish(2, 4));
  CHECK_SAYING(node, node.wait_for_received(4));
  node.acknowledge(3);
  node.acknowledge(2);
  CHECK(broker.is_quiet());
  node.acknowledge(1);
  CHECK(broker.read() == pubrec(2));
  CHECK(broker.read() == pubrec(4));
  node.acknowledge(0);
  CHECK(broker.read() == puback(1));
  CHECK(broker.read() == puback(3));
}

TEST_CASE("connector: a message that comes again while the node has it is not emitted again") {
  MockBroker broker;
  NodeUnderTest node{subscriber(broker)};
  node.hold_ends();
  let_in(broker, node);
  broker.send(publish(1, 1) + publish(2, 2));
  CHECK_SAYING(node, node.wait_for_received(2));
  broker.close();
  let_in(broker, node, true);
  broker.send(publish(1, 1, true) + publish(2, 2, true) + publish(1, 3));
  CHECK_SAYING(node, node.wait_for_received(3));
  node.acknowledge(0);
  node.acknowledge(1);
  CHECK(broker.read() == puback(1));
  CHECK(broker.read() == pubrec(2));
  CHECK(node.received()[2].payload == "3");
  CHECK(node.received().size() == 3);
  node.stop();
  auto counted = node.counters();
  CHECK(counted["received"] == 3);
  CHECK(counted["duplicates"] == 2);
  CHECK(counted["connected"] == 2);
  CHECK(counted["connection_lost"] == 1);
}

TEST_CASE("connector: one that ended while the broker was away is acknowledged when it comes again") {
  MockBroker broker;
  NodeUnderTest node{subscriber(broker)};
  node.hold_ends();
  let_in(broker, node);
  broker.send(publish(1, 1) + publish(2, 2));
  CHECK_SAYING(node, node.wait_for_received(2));
  broker.close();
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_DOWN));
  node.acknowledge(0);
  node.acknowledge(1);
  let_in(broker, node, true);
  CHECK(broker.is_quiet());
  broker.send(publish(2, 2, true) + publish(1, 1, true));
  const auto first = broker.read(), second = broker.read();
  CHECK((first == puback(1) || first == pubrec(2)));
  CHECK((second == puback(1) || second == pubrec(2)));
  CHECK(first != second);
  CHECK(node.received().size() == 2);
}

TEST_CASE("connector: a lost PUBACK costs a duplicate that is marked") {
  MockBroker broker;
  NodeUnderTest node{subscriber(broker)};
  let_in(broker, node);
  broker.send(publish(1, 1));
  CHECK(broker.read() == puback(1));
  broker.close();
  let_in(broker, node, true);
  broker.send(publish(1, 1, true));
  CHECK(broker.read() == puback(1));
  REQUIRE(node.received().size() == 2);
  CHECK((node.received()[0].flags & CULVERT_DUPLICATE) == 0);
  CHECK((node.received()[1].flags & CULVERT_DUPLICATE) != 0);
}

TEST_CASE("connector: lost PUBREC, PUBREL and PUBCOMP cost no duplicate at QoS 2, with either version") {
  for (const char* version : {"5", "3.1.1"}) {
    MockBroker broker;
    NodeUnderTest node{subscriber(broker, {{"version", version}})};
    node.hold_ends();
    const auto message = [&](bool duplicate) {
      return version[0] == '5' ? publish(2, 2, duplicate)
                               : packet({duplicate ? 0x3cu : 0x34u, 6, 0, 1, 'a', 0, 2, 'x'});
    };
    let_in(broker, node);
    broker.send(message(false));
    CHECK_SAYING(node, node.wait_for_received(1));
    CHECK(broker.is_quiet());
    node.acknowledge(0);
    CHECK(broker.read() == pubrec(2));
    broker.close();
    let_in(broker, node, true);
    broker.send(message(true));
    CHECK(broker.read() == pubrec(2));
    broker.close();
    let_in(broker, node, true);
    broker.send(pubrel(2));
    CHECK(broker.read() == pubcomp(2));
    broker.close();
    let_in(broker, node, true);
    broker.send(pubrel(2));
    CHECK(broker.read() == pubcomp(2));
    CHECK(node.received().size() == 1);
    // The id is free now.
    broker.send(message(false));
    CHECK_SAYING(node, node.wait_for_received(2));
  }
}

TEST_CASE(
    "connector: without its session an id is a new one, and what ends of the former session is not acknowledged") {
  MockBroker broker;
  NodeUnderTest node{subscriber(broker)};
  node.hold_ends();
  let_in(broker, node);
  broker.send(publish(1, 1) + publish(2, 2));
  CHECK_SAYING(node, node.wait_for_received(2));
  broker.close();
  let_in(broker, node, false);
  broker.send(publish(1, 1) + publish(2, 2));
  CHECK_SAYING(node, node.wait_for_received(4));
  node.acknowledge(0);
  node.acknowledge(1);
  CHECK(broker.is_quiet());
  node.acknowledge(2);
  node.acknowledge(3);
  CHECK(broker.read() == puback(1));
  CHECK(broker.read() == pubrec(2));
  CHECK(broker.is_quiet());
}

TEST_CASE("connector: at a stop what has ended is acknowledged, and the rest is not") {
  MockBroker broker;
  NodeUnderTest node{subscriber(broker)};
  node.hold_ends();
  let_in(broker, node);
  broker.send(publish(1, 1) + publish(1, 2) + publish(2, 3));
  CHECK_SAYING(node, node.wait_for_received(3));
  node.acknowledge(0);
  node.stop();
  CHECK(broker.read() == puback(1));
  CHECK(static_cast<uint8_t>(broker.read().at(0)) == 0xe0);
  CHECK(broker.read().empty());
}

TEST_CASE("connector: after a quiesce acknowledgements go out and nothing new is emitted") {
  MockBroker broker;
  NodeUnderTest node{subscriber(broker)};
  node.hold_ends();
  let_in(broker, node);
  broker.send(publish(1, 1));
  CHECK_SAYING(node, node.wait_for_received(1));
  // The second waits for room when it comes to the end.
  node.answer_emits_with(CULVERT_AGAIN);
  broker.send(publish(1, 2) + pubrel(9));
  CHECK(broker.read() == pubcomp(9));
  node.quiesce();
  node.answer_emits_with(CULVERT_OK);
  broker.send(publish(1, 3) + packet({0x30, 5, 0, 1, 'a', 0, 'x'}) + pubrel(10));
  CHECK(broker.read() == pubcomp(10));
  node.acknowledge(0);
  CHECK(broker.read() == puback(1));
  CHECK(broker.is_quiet());
  CHECK(node.received().size() == 1);
  CHECK_SAYING(node, node.wait_for_line("1 message with QoS 0 dropped"));
}
