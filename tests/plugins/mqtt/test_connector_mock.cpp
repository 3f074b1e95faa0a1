// SPDX-License-Identifier: MIT
// The connector against a broker that does what no real one does.
#include "harness/checks.hpp"

#include <thread>

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

// A PUBACK with a reason.
std::string puback(unsigned id, unsigned reason) { return packet({0x40, 3, id >> 8, id & 0xff, reason}); }

}  // namespace

TEST_CASE("connector: a CONNACK that MQTT 5 does not know is cut and said") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}, {"version", "5"}})};
  broker.accept();
  broker.read();
  SUBCASE("of two bytes") {
    broker.send(packet({0x20, 2, 0, 0}));
    CHECK_SAYING(node, node.wait_for_line("CONNACK of two bytes"));
  }
  SUBCASE("with a property that ends too early") {
    broker.send(packet({0x20, 5, 0, 0, 2, 33, 0}));
    CHECK_SAYING(node, node.wait_for_line("CONNACK with malformed properties"));
  }
  SUBCASE("with a length that runs past it") {
    broker.send(packet({0x20, 3, 0, 0, 100}));
    CHECK_SAYING(node, node.wait_for_line("CONNACK with malformed properties"));
  }
  SUBCASE("too large") {
    broker.send(packet({0x20, 0xff, 0xff, 0xff, 0x7f}));
    CHECK_SAYING(node, node.wait_for_line("a packet of 268435460 bytes"));
  }
  SUBCASE("after something else") {
    broker.send(packet({0xe0, 0}));
    CHECK_SAYING(node, node.wait_for_line("a packet before CONNACK"));
  }
  broker.let_in();
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
}

TEST_CASE("connector: a broker that says nothing costs the connect timeout and no more") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}, {"connect_timeout", "2000000000"}})};
  broker.accept();
  broker.read();
  CHECK(broker.read().empty());
  CHECK_SAYING(node, node.wait_for_line("no answer to CONNECT in time, next try in"));
  broker.let_in();
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
}

TEST_CASE("connector: a broker that knows MQTT 3.1.1 only is met on its terms") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}})};
  broker.accept();
  CHECK(broker.read().at(8) == 5);
  SUBCASE("when it refuses as MQTT 5 does") { broker.send(packet({0x20, 3, 0, 0x84, 0})); }
  SUBCASE("when it refuses as MQTT 3.1.1 does") { broker.send(packet({0x20, 2, 0, 1})); }
  SUBCASE("when it closes") { broker.close(); }
  CHECK(broker.let_in().at(8) == 4);
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  CHECK_SAYING(node, node.count_lines("trying once with MQTT 3.1.1") == 1);
  broker.close();
  CHECK(broker.let_in().at(8) == 4);
}

TEST_CASE("connector: CONNECT holds the real keep-alive, the user, and a session only where one is needed") {
  MockBroker broker;
  {
    NodeUnderTest node{options(broker, {{"client_id", "c"}, {"username", "me"}, {"password", "pw"}})};
    const auto connect = broker.let_in();
    CHECK(connect.substr(9, 3) == packet({0xc2, 0, 60}));
    CHECK(connect.ends_with(packet({0, 1, 'c', 0, 2, 'm', 'e', 0, 2, 'p', 'w'})));
  }
  NodeUnderTest node{options(broker, {{"client_id", "c"}, {"subscribe[0].topic", "a"}})};
  const auto connect = broker.let_in();
  CHECK((connect.at(9) & 2) == 0);
  CHECK(connect.find(packet({17, 0, 0, 0x1c, 0x20})) != std::string::npos);
}

TEST_CASE("connector: what a PUBACK says decides what becomes of the message") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}})};
  broker.let_in();
  node.send("a", "1");
  node.send("a", "2");
  node.send("a", "3");
  broker.send(puback(id_of(broker.read(3)), 0x10));
  broker.send(puback(id_of(broker.read(3)), 0x87));
  broker.send(puback(id_of(broker.read(3)), 0x97));
  CHECK_SAYING(node, node.wait_for_ended(2));
  CHECK(node.ended().at(1) == CULVERT_OK);
  CHECK(node.ended().at(2) == CULVERT_REJECTED);
  CHECK_SAYING(node, node.count_lines("set aside: the broker refused it: not authorized (135)") == 1);
  broker.send(puback(id_of(broker.read(3)), 0));
  CHECK_SAYING(node, node.wait_for_ended(3));
  CHECK(node.ended().at(3) == CULVERT_OK);
}

TEST_CASE("connector: a PUBREC that refuses ends a QoS 2 message and frees its packet id") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}, {"qos", "2"}})};
  broker.let_in();
  node.send("a", "1");
  const unsigned id = id_of(broker.read(3));
  broker.send(packet({0x50, 3, id >> 8, id & 0xff, 0x99}));
  CHECK_SAYING(node, node.wait_for_ended(1));
  CHECK(node.ended().at(1) == CULVERT_REJECTED);
  CHECK(broker.is_quiet_past_node());
  node.send("a", "2");
  CHECK((static_cast<uint8_t>(broker.read(3)[0]) >> 4) == 3);
}

TEST_CASE("connector: no more is in flight than the broker's receive maximum") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}})};
  broker.let_in(false, packet({33, 0, 2}));
  for (int i = 0; i < 5; ++i) { node.send("a", "x"); }
  const unsigned first = id_of(broker.read(3));
  broker.read(3);
  CHECK(broker.is_quiet_past_node());
  CHECK(node.taken().size() == 2);
  broker.send(puback(first, 0));
  broker.read(3);
  CHECK(broker.is_quiet_past_node());
  CHECK(node.taken().size() == 3);
}

TEST_CASE("connector: what the broker cannot take is set aside with a reason, or sent as it can be") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}})};
  broker.let_in(false, packet({36, 0, 37, 0, 39, 0, 0, 0, 100}));
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  node.send("a", "kept", {{"mqtt.retain", "1"}});
  node.send("a", std::string(200, 'x'));
  node.send("a", "small");
  CHECK_SAYING(node, node.wait_for_ended(3));
  CHECK(node.ended().at(1) == CULVERT_REJECTED);
  CHECK(node.ended().at(2) == CULVERT_REJECTED);
  CHECK(node.ended().at(3) == CULVERT_OK);
  CHECK((broker.read(3)[0] & 6) == 0);
  CHECK_SAYING(node, node.count_lines("the broker retains no messages") == 1);
  CHECK_SAYING(node, node.count_lines("QoS 0 at most") == 1);
}

TEST_CASE("connector: a message in flight is repeated when the session is there, and offered anew when it is not") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}, {"session_expiry", "60000000000"}})};
  broker.let_in();
  node.send("a", "1");
  const auto first = broker.read(3);
  broker.close();
  SUBCASE("there") {
    broker.let_in(true);
    const auto second = broker.read(3);
    CHECK((second[0] & 8) != 0);
    CHECK(id_of(second) == id_of(first));
    broker.send(puback(id_of(second), 0));
    CHECK_SAYING(node, node.wait_for_ended(1));
    CHECK(node.taken().size() == 1);
  }
  SUBCASE("not there") {
    broker.let_in(false);
    const auto second = broker.read(3);
    CHECK((second[0] & 8) == 0);
    broker.send(puback(id_of(second), 0));
    CHECK_SAYING(node, node.wait_for_ended(1));
    CHECK(node.taken().size() == 2);
  }
  CHECK(node.ended().at(1) == CULVERT_OK);
}

TEST_CASE("connector: one refused subscription of several is said, and the others go on") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}, {"subscribe[0].topic", "a"}, {"subscribe[1].topic", "b"}})};
  broker.let_in();
  const unsigned first = id_of(broker.read(8)), second = id_of(broker.read(8));
  broker.send(packet({0x90, 4, first >> 8, first & 0xff, 0, 1}));
  CHECK(broker.is_quiet_past_node());
  CHECK_SAYING(node, node.count_lines("connected to") == 0);
  broker.send(packet({0x90, 4, second >> 8, second & 0xff, 0, 0x87}));
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  CHECK_SAYING(node, node.wait_for_line("report 2 subscribe to 'b': not authorized (135), next try in 10 s"));
  broker.send(packet({0x30, 5, 0, 1, 'a', 0, 'x'}));
  CHECK_SAYING(node, node.wait_for_received(2));
}

TEST_CASE("connector: packets that break the protocol end the connection and reach nobody") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}})};
  broker.let_in();
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  SUBCASE("packet id 0") {
    broker.send(packet({0x32, 6, 0, 1, 'a', 0, 0, 0}));
    CHECK_SAYING(node, node.wait_for_line("PUBLISH with packet id 0"));
  }
  SUBCASE("properties that run past the packet") {
    broker.send(packet({0x30, 6, 0, 1, 'a', 50, 38, 0}));
    CHECK_SAYING(node, node.wait_for_line("PUBLISH with malformed properties"));
  }
  SUBCASE("a topic alias") {
    broker.send(packet({0x30, 7, 0, 1, 'a', 3, 35, 0, 1}));
    CHECK_SAYING(node, node.wait_for_line("topic alias"));
  }
  SUBCASE("an unknown type") {
    broker.send(packet({0xf0, 0}));
    CHECK_SAYING(node, node.wait_for_line("type 15"));
  }
  SUBCASE("a second CONNACK") {
    broker.send(packet({0x20, 3, 0, 0, 0}));
    CHECK_SAYING(node, node.wait_for_line("a CONNACK out of turn"));
  }
  SUBCASE("256 MiB announced") {
    broker.send(packet({0x30, 0xff, 0xff, 0xff, 0x7f}));
    CHECK_SAYING(node, node.wait_for_line("a packet of 268435460 bytes, more than"));
  }
  CHECK(node.received().empty());
  broker.let_in();
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
}

TEST_CASE("connector: the broker's DISCONNECT is said in words") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}})};
  broker.let_in();
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  broker.send(packet({0xe0, 8, 0x8b, 6, 31, 0, 3, 'b', 'y', 'e'}));
  CHECK_SAYING(node, node.wait_for_line("lost: the broker disconnected: server shutting down (139), 'bye', next try"));
}

TEST_CASE("connector: stop says UNSUBSCRIBE where the session ends, then DISCONNECT") {
  MockBroker broker;
  bool clean = false;
  SUBCASE("session kept") { clean = false; }
  SUBCASE("session ends") { clean = true; }
  NodeUnderTest node{
      options(broker, {{"client_id", "c"}, {"clean_start", clean ? "true" : "false"}, {"subscribe[0].topic", "a"}})};
  broker.let_in();
  unsigned id = id_of(broker.read(8));
  broker.send(packet({0x90, 4, id >> 8, id & 0xff, 0, 1}));
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  std::thread stopping{[&] { node.stop(); }};
  auto next = broker.read();
  if (clean) {
    CHECK(static_cast<uint8_t>(next.at(0)) == 0xa2);
    id = id_of(next);
    broker.send(packet({0xb0, 4, id >> 8, id & 0xff, 0, 0}));
    next = broker.read();
  }
  CHECK(static_cast<uint8_t>(next.at(0)) == 0xe0);
  CHECK(broker.read().empty());
  stopping.join();
}

TEST_CASE("connector: an id that the broker assigns is obeyed and kept") {
  MockBroker broker;
  const TemporaryFolder state;
  {
    NodeUnderTest node{options(broker), "cloud", state.path()};
    CHECK(broker.let_in(false, packet({18, 0, 2, 'z', '9'})).find("cloud-") != std::string::npos);
    CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  }
  NodeUnderTest node{options(broker), "cloud", state.path()};
  CHECK(broker.let_in().ends_with(packet({0, 2, 'z', '9'})));
}

TEST_CASE("connector: options that do not go together are refused before anything is opened") {
  MockBroker broker;
  const auto refused = [&](NodeUnderTest::Options more, const char* why) {
    more.insert({{"url[0]", "mqtts://broker.test"}});
    NodeUnderTest node{more};
    CHECK(!node.is_running());
    CHECK_SAYING(node, node.count_lines(why) == 1);
  };
  refused({{"tls.insecure_skip_verify", "true"}, {"password", "x"}, {"username", "u"}}, "insecure_skip_verify");
  refused({{"tls.cert", "/x"}}, "'tls.cert' and 'tls.key' go together");
  refused({{"qos", "3"}}, "option 'qos' must be 0, 1 or 2, got 3");
  refused({{"url[0]", "http://x"}}, "must start with 'mqtts://' or 'mqtt://'");
}

TEST_CASE("connector: a broker that does not answer SUBSCRIBE is left") {
  MockBroker broker;
  NodeUnderTest node{
      options(broker, {{"client_id", "c"}, {"subscribe[0].topic", "a"}, {"connect_timeout", "2000000000"}})};
  broker.let_in();
  CHECK_SAYING(node, node.wait_for_line("no answer to SUBSCRIBE in time, next try in"));
  CHECK_SAYING(node, node.count_lines("connected to") == 0);
}
