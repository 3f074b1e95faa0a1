// SPDX-License-Identifier: MIT
// What a message that comes in says on its way through this box, and what it must not.
#include "harness/checks.hpp"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

using Ordered = std::vector<std::pair<std::string, std::string>>;

// A PUBLISH of MQTT 5 and QoS 0 on topic "a" with these properties.
std::string publish(const std::vector<unsigned>& properties, const std::string& payload = "x") {
  const auto size = static_cast<unsigned>(properties.size()), all = 4 + size + static_cast<unsigned>(payload.size());
  REQUIRE(size < 128);
  return packet({0x30, (all & 0x7f) | 0x80u, all >> 7, 0, 1, 'a', size}) + packet(properties) + payload;
}

NodeUnderTest::Options subscriber(const MockBroker& broker) { return options(broker, {{"client_id", "box"}}); }

}  // namespace

TEST_CASE("connector: the properties of MQTT 5 come in under their names, and user properties in their order") {
  MockBroker broker;
  NodeUnderTest node{subscriber(broker)};
  broker.let_in();
  broker.send(publish({1, 1, 2,   0, 0, 1,   0,  3, 0, 1,   't', 8, 0,   1,  'r', 9, 0,   2, 0, 9,  38,
                       0, 1, 'b', 0, 1, '1', 38, 0, 1, 'a', 0,   1, '2', 38, 0,   1, 'b', 0, 1, '3'}));
  CHECK_SAYING(node, node.wait_for_received(1));
  const Received got = node.received()[0];
  CHECK(got.content_type == "t");
  CHECK(got.ordered == Ordered{{"mqtt.qos", "0"},
                               {"mqtt.from", "box"},
                               {"mqtt.expiry", "256"},
                               {"mqtt.payload_format", "1"},
                               {"mqtt.response_topic", "r"},
                               {"mqtt.correlation_data", std::string{"\0\x09", 2}},
                               {"b", "1"},
                               {"a", "2"},
                               {"b", "3"}});
}

TEST_CASE("connector: without properties a message says its QoS and who received it") {
  MockBroker broker;
  NodeUnderTest node{subscriber(broker)};
  // The client id is the one that the broker assigns.
  broker.let_in(false, packet({18, 0, 2, 'z', '9'}));
  broker.send(publish({}));
  CHECK_SAYING(node, node.wait_for_received(1));
  CHECK(node.received()[0].ordered == Ordered{{"mqtt.qos", "0"}, {"mqtt.from", "z9"}});
}

TEST_CASE("connector: a payload that says it is text and is none is not passed on as text") {
  MockBroker broker;
  NodeUnderTest node{subscriber(broker)};
  broker.let_in();
  broker.send(publish({1, 1}, "\xff"));
  CHECK_SAYING(node, node.wait_for_received(1));
  CHECK(node.received()[0].properties.count("mqtt.payload_format") == 0);
}

TEST_CASE("connector: a publisher elsewhere cannot say how this box publishes") {
  MockBroker broker;
  NodeUnderTest node{subscriber(broker)};
  broker.let_in();
  broker.send(publish({38, 0, 11, 'm', 'q', 't', 't', '.', 'r', 'e', 't', 'a', 'i', 'n', 0, 1, '1'}));
  CHECK_SAYING(node, node.wait_for_received(1));
  CHECK(node.received()[0].ordered == Ordered{{"mqtt.qos", "0"}, {"mqtt.from", "box"}});
  CHECK_SAYING(node, node.wait_for_line("warn message on 'a': 1 of its properties left out: a message has at most 32"));
}

TEST_CASE("connector: of more than 32 properties the last are left out, which is said once for many messages") {
  MockBroker broker;
  NodeUnderTest node{subscriber(broker)};
  broker.let_in();
  std::vector<unsigned> many;
  // With the two of the connector 25 have a place, and 35 have not.
  for (int i = 0; i < 25; ++i) { many.insert(many.end(), {38, 0, 0, 0, 0}); }
  std::string bytes = packet({0x30, 0xb4, 1, 0, 1, 'a', 0xaf, 1});
  for (int i = 0; i < 35; ++i) { bytes += packet({38, 0, 0, 0, 0}); }
  broker.send(publish(many) + bytes + bytes);
  REQUIRE(node.wait_for_received(3));
  CHECK(node.received()[0].ordered.size() == 27);
  CHECK(node.received()[1].ordered.size() == 32);
  CHECK(node.received()[2].ordered.size() == 32);
  CHECK_SAYING(node, node.count_lines("5 of its properties left out") == 1);
  // Who passed it on stands behind all others, and has a place all the same.
  bytes = packet({0x30, 0xc1, 1, 0, 1, 'a', 0xbc, 1});
  for (int i = 0; i < 34; ++i) { bytes += packet({38, 0, 0, 0, 0}); }
  broker.send(bytes + packet({38, 0, 12}) + "culvert-from" + packet({0, 1, 'x'}));
  REQUIRE(node.wait_for_received(4));
  CHECK(node.received()[3].ordered.size() == 32);
  CHECK(node.received()[3].ordered[2] == Ordered::value_type{"culvert-from", "x"});
}

TEST_CASE("connector: a topic that only the host refuses is acknowledged, and the connection stays") {
  MockBroker broker;
  NodeUnderTest node{subscriber(broker)};
  broker.let_in();
  node.answer_emits_with(CULVERT_REJECTED);
  broker.send(packet({0x32, 8, 0, 1, 1, 0, 7, 0, 'x', 'y'}));
  CHECK(broker.read() == packet({0x40, 2, 0, 7}));
}

TEST_CASE("connector: what was forwarded from here is dropped when it comes back, with either version") {
  for (const char* version : {"5", "3.1.1"}) {
    const Mosquitto broker;
    NodeUnderTest node{options(broker, {{"client_id", "box"}, {"version", version}, {"subscribe[0].topic", "a/#"}})};
    CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
    node.send("a/b", "forwarded", {{"mqtt.from", "box"}, {"mqtt.qos", "2"}});
    node.send("a/b", "a reading of this box");
    CHECK_SAYING(node, node.wait_for_received(1));
    CHECK(node.received()[0].payload == "a reading of this box");
    CHECK_SAYING(node,
                 node.wait_for_line("warn message on 'a/b' dropped: it has come from a broker through here before "
                                    "(option 'loop_guard')"));
    CHECK(node.received().size() == 1);
  }
}

TEST_CASE("connector: what another box forwarded comes in, and goes on with both their names") {
  const Mosquitto broker;
  NodeUnderTest box{options(broker, {{"client_id", "box"}, {"subscribe[0].topic", "to/box"}}), "box"};
  NodeUnderTest other{options(broker, {{"client_id", "other"}, {"subscribe[0].topic", "to/other"}}), "other"};
  CHECK_SAYING(box, box.wait_for_link(CULVERT_LINK_UP));
  CHECK_SAYING(other, other.wait_for_link(CULVERT_LINK_UP));
  box.send("to/other", "x", {{"mqtt.from", "box"}});
  CHECK_SAYING(other, other.wait_for_received(1));
  CHECK(other.received()[0].properties.at("culvert-from") == "box");
  CHECK(other.received()[0].properties.at("mqtt.from") == "other");
  // As its routes would carry it.
  other.send("to/box", "x", other.received()[0].properties);
  CHECK_SAYING(box, box.wait_for_line("warn message on 'to/box' dropped"));
  CHECK(box.received().empty());
}

TEST_CASE("connector: without 'loop_guard' everything comes in, and nothing is added") {
  for (const char* version : {"5", "3.1.1"}) {
    const Mosquitto broker;
    NodeUnderTest node{options(
        broker, {{"client_id", "box"}, {"version", version}, {"subscribe[0].topic", "a/#"}, {"loop_guard", "false"}})};
    CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
    node.send("a/b", "x", {{"mqtt.from", "box"}});
    CHECK_SAYING(node, node.wait_for_received(1));
    CHECK(node.received()[0].properties.count("culvert-from") == 0);
  }
}

TEST_CASE("connector: a property that MQTT does not take for a text is no reason for the broker to hang up") {
  MockBroker broker;
  NodeUnderTest node{subscriber(broker)};
  broker.let_in();
  node.send("a", "x", {{"name", "\xff"}});
  node.send("a", "x", {{std::string{"n\0", 2}, "value"}});
  node.send("a", "x", {{"name", "\xc3\xa4"}});
  CHECK_SAYING(node, node.wait_for_ended(2));
  CHECK(node.ended().at(1) == CULVERT_REJECTED);
  CHECK(node.ended().at(2) == CULVERT_REJECTED);
  CHECK_SAYING(node, node.count_lines("set aside: a property is not valid UTF-8, or holds NUL") == 1);
  CHECK(broker.read(3).find("\xc3\xa4") != std::string::npos);
}

TEST_CASE("connector: each way to break the protocol is cut with a line that names it, and the next connection works") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "box"}, {"version", "5"}, {"subscribe[0].topic", "a"}})};
  const auto let_in = [&] {
    broker.let_in();
    return id_of(broker.read(8));
  };
  const auto is_cut = [&](const std::string& bytes, const std::string& line) {
    let_in();
    broker.send(bytes);
    CHECK_SAYING(node, node.wait_for_line(line));
    // A broker of MQTT 5 hears of it, then the connection ends.
    CHECK(static_cast<uint8_t>(broker.read().at(0)) == 0xe0);
    CHECK(broker.read().empty());
  };
  is_cut(packet({0x36, 6, 0, 1, 'a', 0, 1, 0}), "PUBLISH with QoS 3");
  is_cut(packet({0x32, 3, 0, 9, 'a'}), "PUBLISH that ends too early");
  is_cut(packet({0x32, 6, 0, 1, 'a', 0, 0, 0}), "PUBLISH with packet id 0");
  is_cut(packet({0x30, 6, 0, 1, 'a', 2, 17, 2}), "PUBLISH with malformed properties");
  is_cut(packet({0x40, 2, 0, 0}), "acknowledgement with packet id 0");
  is_cut(packet({0x00, 0}), "a packet of type 0, which no broker sends");
  is_cut(packet({0x20, 3, 0, 0, 0}), "a CONNACK out of turn");
  is_cut(packet({0x30, 0xff, 0xff, 0xff, 0x7f}), "the broker sent a packet of 268435460 bytes, more than 1179648");
  is_cut(packet({0x30, 0xff, 0xff, 0xff, 0xff}), "the broker sent a packet with a malformed length");
  const unsigned id = let_in();
  broker.send(packet({0x90, 5, id >> 8, id & 0xff, 0, 1, 1}));
  CHECK_SAYING(node, node.wait_for_line("SUBACK or UNSUBACK with 2 codes instead of 1"));
  const unsigned next = let_in();
  broker.send(packet({0x90, 4, next >> 8, next & 0xff, 0, 1}));
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  CHECK(node.received().empty());
}

TEST_CASE("connector: a message that no broker should pass on is said and acknowledged, and the connection stays") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "box"}, {"version", "5"}, {"subscribe[0].topic", "a"}})};
  broker.let_in();
  const unsigned id = id_of(broker.read(8));
  broker.send(packet({0x90, 4, id >> 8, id & 0xff, 0, 1}));
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  const auto is_acknowledged = [&](unsigned packet_id, const std::string& topic, const std::string& properties) {
    const auto body = packet({0, static_cast<unsigned>(topic.size())}) + topic +
                      packet({0, packet_id, static_cast<unsigned>(properties.size())}) + properties;
    broker.send(packet({0x32, static_cast<unsigned>(body.size())}) + body);
    CHECK(broker.read(4) == packet({0x40, 2, 0, packet_id}));
  };
  is_acknowledged(1, "", "");
  is_acknowledged(2, "\xff", "");
  is_acknowledged(3, std::string{"a\0b", 3}, "");
  is_acknowledged(4, "#", "");
  is_acknowledged(5, "a", packet({3, 0, 1, 0xff}));
  is_acknowledged(6, "a", packet({8, 0, 0}));
  is_acknowledged(7, "a", "");
  CHECK_SAYING(node, node.wait_for_received(1));
  CHECK(node.received()[0].topic == "a");
  // The first is said at once, the others with the next line.
  CHECK_SAYING(node, node.count_lines("message on '' thrown away: it has no topic") == 1);
  CHECK_SAYING(node, node.count_lines("thrown away") == 1);
  CHECK_SAYING(node, node.count_lines("lost") == 0);
}

TEST_CASE("connector: a broker that writes one byte at a time is understood") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "box"}, {"subscribe[0].topic", "a"}})};
  const auto send = [&](const std::string& bytes) {
    for (const char byte : bytes) { broker.send({&byte, 1}); }
  };
  broker.accept();
  broker.read();
  send(packet({0x20, 6, 0, 0, 3, 33, 0, 9}));
  const unsigned id = id_of(broker.read(8));
  send(packet({0x90, 4, id >> 8, id & 0xff, 0, 1}));
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  send(packet({0x32, 8, 0, 1, 'a', 0, 7, 0, 'x', 'y'}));
  CHECK(broker.read(4) == packet({0x40, 2, 0, 7}));
  CHECK(node.received()[0].payload == "xy");
  node.send("b", "z");
  const unsigned sent = id_of(broker.read(3));
  send(packet({0x40, 4, sent >> 8, sent & 0xff, 0x10, 0}));
  CHECK_SAYING(node, node.wait_for_ended(1));
  CHECK(node.ended().at(1) == CULVERT_OK);
}
