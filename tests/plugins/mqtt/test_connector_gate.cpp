// SPDX-License-Identifier: MIT
// What comes in, against a broker that loses connections and acknowledgements at the worst moments.
#include "harness/checks.hpp"

#include <set>
#include <thread>

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

NodeUnderTest::Options subscriber(const MockBroker& broker, NodeUnderTest::Options more = {}) {
  more.insert({{"client_id", "c"}, {"subscribe[0].topic", "a"}, {"subscribe[0].qos", "2"}});
  return options(broker, more);
}

// Lets the node in and answers its SUBSCRIBE, which a session that is there does not need.
void let_in(MockBroker& broker, NodeUnderTest& node, bool session_present = false) {
  const bool five = broker.let_in(session_present).at(8) == 5;
  if (!session_present) {
    const unsigned id = id_of(broker.read(8));
    broker.send(five ? packet({0x90, 4, id >> 8, id & 0xff, 0, 2}) : packet({0x90, 3, id >> 8, id & 0xff, 2}));
  }
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
}

// A PUBLISH of MQTT 5 on topic "a" with the id as its payload.
std::string publish(unsigned qos, unsigned id, bool duplicate = false) {
  return packet({0x30u | qos << 1 | (duplicate ? 8u : 0u), 7, 0, 1, 'a', 0, id, 0, '0' + id});
}
// Reads so many acknowledgements, each once, and answers PINGREQ meanwhile.
void take_acknowledgements(MockBroker& broker, std::size_t count) {
  std::set<std::string> taken;
  while (taken.size() < count) {
    const auto got = broker.read();
    if (got == packet({0xc0, 0})) {
      broker.send(packet({0xd0, 0}));
    } else {
      CHECK(taken.insert(got).second);
    }
  }
}
std::string puback(unsigned id) { return packet({0x40, 2, 0, id}); }
std::string pubrec(unsigned id) { return packet({0x50, 2, 0, id}); }
std::string pubrel(unsigned id) { return packet({0x62, 2, 0, id}); }
std::string pubcomp(unsigned id) { return packet({0x70, 2, 0, id}); }

}  // namespace

TEST_CASE("connector: a message is acknowledged when it has ended, however it ended") {
  MockBroker broker;
  NodeUnderTest node{subscriber(broker)};
  node.hold_ends();
  let_in(broker, node);
  broker.send(publish(1, 1) + publish(1, 2) + publish(1, 3));
  CHECK_SAYING(node, node.wait_for_received(3));
  CHECK(!broker.has_packet(50));
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
  CHECK(!broker.has_packet(50));
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
  CHECK(!broker.has_packet(50));
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
    CHECK(!broker.has_packet(50));
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
  CHECK(!broker.has_packet(50));
  node.acknowledge(2);
  node.acknowledge(3);
  CHECK(broker.read() == puback(1));
  CHECK(broker.read() == pubrec(2));
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
  CHECK(!broker.has_packet(50));
  CHECK(node.received().size() == 1);
  CHECK_SAYING(node, node.wait_for_line("1 message with QoS 0 dropped"));
}

TEST_CASE("connector: beyond 'max_unsettled' messages are left to the session, and fetched once there is room") {
  MockBroker broker;
  NodeUnderTest node{subscriber(broker, {{"max_unsettled", "65536"}})};
  let_in(broker, node);
  node.answer_emits_with(CULVERT_AGAIN);
  const auto large = [](unsigned id, bool duplicate) {
    return packet({duplicate ? 0x3au : 0x32u, 0x86, 0xb8, 0x01, 0, 1, 'a', 0, id, 0}) + std::string(23552, 'x');
  };
  broker.send(large(1, false) + large(2, false) + large(3, false) + large(4, false));
  CHECK_SAYING(node, node.wait_for_line("warn more than 65536 bytes wait for room in the routes from here (option "
                                        "'max_unsettled'): what else comes with QoS 1 and 2 is left to"));
  // Meanwhile the way out is open.
  node.send("b", "x");
  const unsigned id = id_of(broker.read(3));
  broker.send(packet({0x40, 2, id >> 8, id & 0xff}));
  CHECK_SAYING(node, node.wait_for_ended(1));
  node.answer_emits_with(CULVERT_OK);
  CHECK(broker.read() == puback(1));
  CHECK(broker.read() == puback(2));
  CHECK(static_cast<uint8_t>(broker.read().at(0)) == 0xe0);
  CHECK_SAYING(node, node.count_lines("info there is room again") == 1);
  let_in(broker, node, true);
  broker.send(large(3, true) + large(4, true));
  CHECK(broker.read() == puback(3));
  CHECK(broker.read() == puback(4));
  CHECK(node.received().size() == 4);
  CHECK_SAYING(node, node.count_lines("error") == 0);
}

TEST_CASE("connector: no more than 64 messages are unsettled in the routes, whatever the broker sends") {
  const Mosquitto broker{false, "max_queued_messages 0\nmax_inflight_messages 1000"};
  const TemporaryFolder state;
  NodeUnderTest reader{options(broker, {{"subscribe[0].topic", "a"}}), "reader", state.path()};
  reader.hold_ends();
  CHECK_SAYING(reader, reader.wait_for_link(CULVERT_LINK_UP));
  NodeUnderTest writer{options(broker), "writer", state.path()};
  for (std::size_t i = 0; i < 100; ++i) { writer.send("a", std::to_string(i)); }
  CHECK_SAYING(writer, writer.wait_for_ended(100));
  CHECK_SAYING(reader, reader.wait_for_received(64));
  CHECK_SAYING(reader, !reader.wait_for_received(65, 200ms));
  reader.acknowledge(0);
  CHECK_SAYING(reader, reader.wait_for_received(65));
  CHECK_SAYING(reader, !reader.wait_for_received(66, 200ms));
}

TEST_CASE("connector: while the broker is away no more than 64 are emitted that it will give again") {
  constexpr unsigned count = 150;
  MockBroker broker;
  NodeUnderTest node{subscriber(broker)};
  let_in(broker, node);
  std::string all, again;
  for (unsigned id = 1; id <= count; ++id) {
    all += publish(1, id);
    again += publish(1, id, true);
  }
  broker.send(all);
  // It answers no PINGREQ, and may have read none of their acknowledgements.
  CHECK_SAYING(node, node.wait_for_received(64));
  CHECK_SAYING(node, !node.wait_for_received(65, 200ms));
  broker.close();
  // Those are lost; of the others so many may go on.
  CHECK_SAYING(node, node.wait_for_received(128));
  CHECK_SAYING(node, !node.wait_for_received(129, 200ms));
  let_in(broker, node, true);
  broker.send(again);
  take_acknowledgements(broker, count);
  CHECK_SAYING(node, node.wait_for_received(count + 64));
  CHECK_SAYING(node, !node.wait_for_received(count + 65, 200ms));
}

TEST_CASE("connector: what comes again is emitted although what came before it waits for its acknowledgement") {
  constexpr unsigned first = 10, count = 150;
  MockBroker broker;
  NodeUnderTest node{subscriber(broker)};
  let_in(broker, node);
  std::string all, again;
  for (unsigned id = 1; id <= count; ++id) { (id <= first ? all : again) += publish(1, id); }
  broker.send(all);
  for (unsigned id = 1; id <= first; ++id) { CHECK(broker.read() == puback(id)); }
  // Those are not read by the broker; the others wait for room until the next connection.
  node.answer_emits_with(CULVERT_AGAIN);
  broker.send(again + pubrel(200));
  CHECK(broker.read() == pubcomp(200));
  broker.close();
  let_in(broker, node, true);
  again.clear();
  for (unsigned id = 1; id <= count; ++id) { again += publish(1, id, true); }
  broker.send(again + pubrel(200));
  CHECK(broker.read() == pubcomp(200));
  node.answer_emits_with(CULVERT_OK);
  take_acknowledgements(broker, count);
  CHECK_SAYING(node, node.wait_for_received(count + first));
}
