// SPDX-License-Identifier: MIT
// Packet ids and topic aliases on the wire.
#include "harness/checks.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

constexpr unsigned count = 65535, reserve = 25031;

std::string text_of(const std::string& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

unsigned place_in(const TemporaryFolder& state) {
  return static_cast<unsigned>(std::stoul(text_of(state.path() + "/mqtt-cloud.ids")));
}

// The id of the next message, which is acknowledged.
unsigned publish(MockBroker& broker, NodeUnderTest& node) {
  const uint64_t number = node.send("a", "x");
  const unsigned id = id_of(broker.read(3));
  broker.send(packet({0x40, 2, id >> 8, id & 0xff}));
  CHECK_SAYING(node, node.wait_for_ended(number));
  return id;
}

}  // namespace

TEST_CASE("connector: packet ids go on after a stop, and far behind after a crash") {
  MockBroker broker;
  const TemporaryFolder state;
  unsigned last = 0;
  {
    NodeUnderTest node{options(broker, {{"client_id", "c"}}), "cloud", state.path()};
    broker.let_in();
    publish(broker, node);
    last = publish(broker, node);
    // Were it to end now without a word, the next one would begin behind the reserve.
    const unsigned ahead = (place_in(state) + count - last) % count;
    CHECK(ahead >= reserve - 2);
    CHECK(ahead <= reserve);
  }
  CHECK(place_in(state) == last % count);
  NodeUnderTest node{options(broker, {{"client_id", "c"}}), "cloud", state.path()};
  broker.let_in();
  CHECK(publish(broker, node) == last % count + 1);
  struct stat facts {};
  REQUIRE(stat((state.path() + "/mqtt-cloud.ids").c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
}

TEST_CASE("connector: packet ids begin where the file says, and wrap around") {
  MockBroker broker;
  const TemporaryFolder state;
  std::ofstream{state.path() + "/mqtt-cloud.ids"} << "65533\n";
  NodeUnderTest node{options(broker, {{"client_id", "c"}}), "cloud", state.path()};
  broker.let_in();
  for (const unsigned id : {65534u, 65535u, 1u, 2u}) { CHECK(publish(broker, node) == id); }
  CHECK_SAYING(node, node.count_lines("warn") == 0);
}

TEST_CASE(
    "connector: a file of packet ids that is damaged, or cannot be, is said and does not keep the node from running") {
  MockBroker broker;
  const TemporaryFolder state;
  const std::string path = state.path() + "/mqtt-cloud.ids";
  std::string why;
  SUBCASE("not a number") {
    std::ofstream{path} << "x\n";
    why = "'" + path + "' was damaged";
  }
  SUBCASE("too large a number") {
    std::ofstream{path} << "65535\n";
    why = "'" + path + "' was damaged";
  }
  SUBCASE("a folder in its place") {
    REQUIRE(mkdir(path.c_str(), 0700) == 0);
    why = "'" + path + "'";
  }
  NodeUnderTest node{options(broker, {{"client_id", "c"}}), "cloud", state.path()};
  broker.let_in();
  CHECK(publish(broker, node) != 0);
  CHECK_SAYING(node, node.count_lines("warn packet ids begin anywhere: ") == 1);
  CHECK_SAYING(node, node.count_lines(why) == 1);
}

TEST_CASE("connector: packet ids go on when the client is made anew for another version") {
  MockBroker young, old;
  NodeUnderTest node{options(young, {{"client_id", "c"}, {"url[1]", old.url()}, {"failback", "0"}})};
  young.let_in();
  const unsigned first = publish(young, node);
  young.go_away();
  old.accept();
  CHECK(old.read().at(8) == 5);
  old.close();
  CHECK(old.let_in().at(8) == 4);
  CHECK_SAYING(node, node.wait_for_line("MQTT 3.1.1, no TLS"));
  CHECK(publish(old, node) == first % count + 1);
}

TEST_CASE("connector: a topic has an alias where the broker allows it and the option does not forbid it") {
  MockBroker broker;
  const auto second_topic = [&](NodeUnderTest::Options more, const std::string& properties) {
    more.insert({{"client_id", "c"}, {"qos", "0"}});
    NodeUnderTest node{options(broker, more)};
    broker.let_in(false, properties);
    node.send("plant/one", "x");
    node.send("plant/one", "y");
    CHECK(broker.read(3).find("plant/one") != std::string::npos);
    const auto second = broker.read(3);
    CHECK(second.ends_with('y'));
    return second.substr(2, 2 + static_cast<uint8_t>(second.at(3)));
  };
  CHECK(second_topic({}, packet({34, 0, 5})) == packet({0, 0}));
  CHECK(second_topic({}, "") == packet({0, 9}) + "plant/one");
  CHECK(second_topic({{"topic_alias", "false"}}, packet({34, 0, 5})) == packet({0, 9}) + "plant/one");
}

TEST_CASE("connector: aliases cost no message and no topic over reconnects to a real broker") {
  Mosquitto broker;
  const TemporaryFolder state;
  NodeUnderTest reader{options(broker, {{"subscribe[0].topic", "plant/#"}}), "reader", state.path()};
  CHECK_SAYING(reader, reader.wait_for_link(CULVERT_LINK_UP));
  NodeUnderTest writer{options(broker), "writer", state.path()};
  // Mosquitto allows 10.
  for (int i = 0; i < 60; ++i) { writer.send("plant/" + std::to_string(i % 15), std::to_string(i)); }
  CHECK_SAYING(writer, writer.wait_for_ended(60));
  CHECK_SAYING(reader, reader.wait_for_received(60));
  for (const auto& each : reader.received()) {
    CHECK(each.topic == "plant/" + std::to_string(std::stoi(each.payload) % 15));
  }
  broker.kill();
  CHECK_SAYING(writer, writer.wait_for_line("lost: "));
  broker.start();
  for (int i = 0; i < 4; ++i) { writer.send("plant/1", "again"); }
  CHECK_SAYING(writer, writer.wait_for_ended(64));
  for (const auto& [number, status] : writer.ended()) { CHECK(status == CULVERT_OK); }
}

TEST_CASE(
    "connector: with MQTT 3.1.1 a message that is too large is thrown away with a line, and does not come again") {
  const Mosquitto broker{false, "max_queued_messages 0"};
  const TemporaryFolder state;
  NodeUnderTest reader{options(broker, {{"version", "3.1.1"}, {"subscribe[0].topic", "a"}}), "reader", state.path()};
  CHECK_SAYING(reader, reader.wait_for_link(CULVERT_LINK_UP));
  const std::string large = state.path() + "/large";
  std::ofstream{large} << std::string(2'000'000, 'x');
  const std::string command = "mosquitto_pub -h 127.0.0.1 -p " + std::to_string(broker.port()) + " -q 1 -t a -f " +
                              large + " && mosquitto_pub -h 127.0.0.1 -p " + std::to_string(broker.port()) +
                              " -q 1 -t a -m small";
  REQUIRE(std::system(command.c_str()) == 0);
  CHECK_SAYING(reader, reader.wait_for_received(1));
  CHECK(reader.received()[0].payload == "small");
  CHECK_SAYING(reader,
               reader.count_lines("warn message of 2000009 bytes thrown away: more than 1179648 are not taken") == 1);
  CHECK_SAYING(reader, reader.count_lines("error") == 0);
}
