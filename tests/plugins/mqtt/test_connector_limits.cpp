// SPDX-License-Identifier: MIT
// How much of what comes in may be unsettled, and unacknowledged, at a time.
#include "harness/subscriber.hpp"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;

TEST_CASE("connector: beyond 'max_unsettled' messages are left to the session, and fetched once there is room") {
  MockBroker broker;
  // The next connection is no sooner than that, and what has ended by then is acknowledged before it.
  NodeUnderTest node{
      subscriber(broker, {{"max_unsettled", "65536"}, {"backoff.min", "2000000000"}, {"backoff.max", "2000000000"}})};
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
  let_in(broker, node, true);
  broker.send(large(3, true) + large(4, true));
  CHECK(broker.read() == puback(3));
  CHECK(broker.read() == puback(4));
  CHECK(node.received().size() == 4);
  CHECK_SAYING(node, node.count_lines("error") == 0);
}

TEST_CASE("connector: what was left to the session is fetched too when nothing that waited for room was for the node") {
  MockBroker broker;
  // The next connection is no sooner than that, and what has ended by then is acknowledged before it.
  NodeUnderTest node{
      subscriber(broker, {{"max_unsettled", "65536"}, {"backoff.min", "2000000000"}, {"backoff.max", "2000000000"}})};
  let_in(broker, node);
  node.answer_emits_with(CULVERT_AGAIN);
  broker.send(packet({0x30, 5, 0, 1, 'a', 0, 'x'}));
  // Each has been here before.
  const auto property = packet({38, 0, 12}) + "culvert-from" + packet({0, 1, 'c'});
  for (const unsigned id : {1u, 2u, 3u}) {
    const auto head = packet({0, 1, 'a', 0, id, static_cast<unsigned>(property.size())}) + property;
    broker.send(packet({0x32, 0x80, 0xb8, 0x01}) + head + std::string(23552 - head.size(), 'x'));
  }
  CHECK_SAYING(node, node.wait_for_line("is left to"));
  node.answer_emits_with(CULVERT_OK);
  CHECK(broker.read() == puback(1));
  CHECK(broker.read() == puback(2));
  CHECK(static_cast<uint8_t>(broker.read().at(0)) == 0xe0);
  let_in(broker, node, true);
}

TEST_CASE(
    "connector: to fetch what was left is one line in 10 s, no more often than 'backoff.min', and never offline") {
  MockBroker broker;
  NodeUnderTest node{subscriber(
      broker,
      {{"max_unsettled", "65536"}, {"status_topic", "s"}, {"backoff.min", "300000000"}, {"backoff.max", "300000000"}})};
  const auto large = [](unsigned id) {
    return packet({0x32, 0x86, 0xb8, 0x01, 0, 1, 'a', 0, id, 0}) + std::string(23552, 'x');
  };
  // Answers a status, and gives back whether it says that the node is online.
  const auto take_status = [&] {
    const auto got = broker.read(3);
    const unsigned id = id_of(got);
    broker.send(packet({0x40, 2, id >> 8, id & 0xff}));
    return got.find(R"({"status":"online")") != std::string::npos;
  };
  auto connected = std::chrono::steady_clock::now();
  for (int i = 0; i < 3; ++i) {
    let_in(broker, node, i > 0);
    const auto before = std::exchange(connected, std::chrono::steady_clock::now());
    CHECK((i == 0 || connected - before >= 300ms));
    CHECK(take_status());
    node.answer_emits_with(CULVERT_AGAIN);
    broker.send(large(1) + large(2) + large(3));
    // When this is answered the third was thrown away.
    broker.send(pubrel(9));
    CHECK(broker.read() == pubcomp(9));
    node.answer_emits_with(CULVERT_OK);
    CHECK(broker.read() == puback(1));
    CHECK(broker.read() == puback(2));
    // Nothing comes before DISCONNECT.
    CHECK(static_cast<uint8_t>(broker.read().at(0)) == 0xe0);
  }
  CHECK_SAYING(node, node.count_lines("bytes wait for room in the routes from here") == 1);
  CHECK_SAYING(node, node.count_lines("info ") == 1);
  // It is stopped while it has no connection, and still takes back that it is online.
  broker.accept();
  CHECK(!broker.read().empty());
  std::thread stopping{[&] { node.stop(); }};
  broker.send(packet({0x20, 3, 1, 0, 0}));
  CHECK_SAYING(node, !take_status());
  CHECK(static_cast<uint8_t>(broker.read(14).at(0)) == 0xe0);
  broker.close();
  stopping.join();
}

TEST_CASE(
    "connector: with MQTT 3.1.1 what was left is fetched without a SUBSCRIBE, which would bring what is retained") {
  MockBroker broker;
  NodeUnderTest node{subscriber(broker, {{"max_unsettled", "65536"}, {"version", "3.1.1"}})};
  const auto large = [](unsigned id) {
    return packet({0x32, 0x85, 0xb8, 0x01, 0, 1, 'a', 0, id}) + std::string(23552, 'x');
  };
  let_in(broker, node);
  for (int i = 0; i < 2; ++i) {
    node.answer_emits_with(CULVERT_AGAIN);
    broker.send(large(1) + large(2) + large(3) + pubrel(9));
    CHECK(broker.read() == pubcomp(9));
    node.answer_emits_with(CULVERT_OK);
    CHECK(broker.read() == puback(1));
    CHECK(broker.read() == puback(2));
    CHECK(broker.read() == packet({0xe0, 0}));
    broker.let_in(true);
  }
  // The next one that is no fetching asks for all.
  broker.close();
  let_in(broker, node, true);
}

TEST_CASE("connector: without a session what exceeds 'max_unsettled' is dropped, said and acknowledged in its turn") {
  NodeUnderTest::Options more{{"max_unsettled", "65536"}};
  std::string granted;
  SUBCASE("asked for none") { more.insert({"session_expiry", "0"}); }
  SUBCASE("the broker keeps none") { granted = packet({17, 0, 0, 0, 0}); }
  SUBCASE("with MQTT 3.1.1") { more.insert({{"version", "3.1.1"}, {"clean_start", "true"}}); }
  MockBroker broker;
  NodeUnderTest node{subscriber(broker, more)};
  const bool five = broker.let_in(false, granted).at(8) == 5;
  const unsigned asked = id_of(broker.read(8));
  broker.send(five ? packet({0x90, 4, asked >> 8, asked & 0xff, 0, 2})
                   : packet({0x90, 3, asked >> 8, asked & 0xff, 2}));
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  node.answer_emits_with(CULVERT_AGAIN);
  // As a broker gives what it retains.
  const auto large = [&](unsigned id, unsigned first) {
    return packet({first, 0x86, 0xb8, 0x01, 0, 1, 'a', 0, id, 0}) + std::string(23552, 'x');
  };
  broker.send(large(1, 0x33) + large(2, 0x33) + large(3, 0x33) + large(4, 0x35));
  // The message of QoS 2 waits for none of QoS 1.
  CHECK(broker.read() == pubrec(4));
  CHECK_SAYING(node, node.wait_for_line("warn message on 'a' thrown away: more than 65536 bytes wait for room in the "
                                        "routes from here (option 'max_unsettled'), and no session would give it"));
  node.answer_emits_with(CULVERT_OK);
  for (unsigned id = 1; id <= 3; ++id) { CHECK(broker.read() == puback(id)); }
  broker.send(large(5, 0x32));
  CHECK(broker.read() == puback(5));
  CHECK(node.received().size() == 3);
  CHECK_SAYING(node, node.count_lines("fetched over a new connection") + node.count_lines("error") == 0);
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
