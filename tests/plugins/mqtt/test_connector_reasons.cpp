// SPDX-License-Identifier: MIT
// The connector and every reason code: in PUBACK, PUBREC, CONNACK and DISCONNECT.
#include "harness/checks.hpp"

#include <algorithm>
#include <functional>
#include <future>
#include <map>
#include <set>

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

// A broker that answers each message the first time with the code that its payload names, and then with success.
// Answers the packet ids under which each message came, by its code.
std::map<unsigned, std::vector<unsigned>> answer_all(MockBroker& broker, std::size_t publishes, std::size_t pubrels) {
  std::map<unsigned, std::vector<unsigned>> ids;
  while (publishes + pubrels > 0) {
    const auto got = broker.read();
    const unsigned type = static_cast<uint8_t>(got.at(0)) >> 4;
    if (type == 3) {
      const auto code = static_cast<unsigned>(std::stoul(got.substr(got.rfind(' '))));
      const unsigned id = id_of(got), answer = (got[0] & 4) != 0 ? 0x50u : 0x40u;
      ids[code].push_back(id);
      broker.send(packet({answer, 3, id >> 8, id & 0xff, ids[code].size() == 1 ? code : 0}));
      --publishes;
    } else if (type == 6) {
      broker.send("\x70\x02" + got.substr(2, 2));
      --pubrels;
    }
  }
  return ids;
}

void check_every_code(const char* qos) {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}, {"qos", qos}})};
  broker.let_in();
  for (unsigned code = 0; code < 256; ++code) { node.send("a", "code " + std::to_string(code)); }
  const std::set<unsigned> again{0x80, 0x83, 0x91, 0x97};
  const auto ids = answer_all(broker, 256 + again.size(), qos[0] == '2' ? 128 + again.size() : 0);
  CHECK_SAYING(node, node.wait_for_ended(256));
  for (unsigned code = 0; code < 256; ++code) {
    const bool dead = code >= 0x80 && !again.contains(code);
    CHECK_MESSAGE(node.ended().at(code + 1) == (dead ? CULVERT_REJECTED : CULVERT_OK), code);
    CHECK_MESSAGE(ids.at(code).size() == (again.contains(code) ? 2 : 1), code);
  }
  CHECK(ids.at(0x91)[0] != ids.at(0x91)[1]);
  CHECK(broker.is_quiet_past_node());
  CHECK_SAYING(node, node.count_lines("refused: ") == 1);
  CHECK_SAYING(node, node.count_lines("it goes again behind what is on its way") == 1);
  CHECK_SAYING(node, node.count_lines("set aside: the broker refused it: ") == 1);
  CHECK_SAYING(node, node.count_lines("bug") == 0);
  node.stop();
  auto counted = node.counters();
  CHECK(counted["published"] == 256 + again.size());
  CHECK(counted["refused"] == 128);
  CHECK(counted["given_back"] == again.size());
  CHECK(counted["set_aside"] == 128 - again.size());
  CHECK(counted["acknowledged"] == 128 + again.size());
}

// A node that waits so long that its waits can be told apart.
NodeUnderTest::Options slow(const MockBroker& broker, const char* version) {
  return {{"url[0]", broker.url()},
          {"client_id", "c"},
          {"version", version},
          {"backoff.min", "1000000000"},
          {"backoff.max", "100000000000"}};
}

// How long a line says that the next try is away, in seconds; 0 when it does not say.
int seconds_in(const std::string& line) {
  const std::string before = "next try in ";
  const auto at = line.find(before);
  if (at == std::string::npos) { return 0; }
  const int number = std::stoi(line.substr(at + before.size()));
  return line.ends_with(" min") ? number * 60 : number;
}

using Codes = std::set<unsigned>;

// What is wrong with the line that the node says about a code; empty when nothing is. Every wait of another kind than
// these two is short the first time.
std::string fault_of(const std::string& line, unsigned code, const Codes& longest, const Codes& five_minutes) {
  if (line.find(" (" + std::to_string(code) + ')') == std::string::npos) { return "no code: " + line; }
  const int seconds = seconds_in(line);
  const bool right = five_minutes.contains(code) ? seconds == 300
                     : longest.contains(code)    ? seconds >= 50 && seconds <= 100
                                                 : seconds >= 1 && seconds <= 2;
  return right ? "" : "another wait: " + line;
}

// The line that tells how the connection ended, or what was said when there is none.
std::string last_line(NodeUnderTest& node, const std::string& part) {
  node.wait_for_line(part);
  std::string all;
  for (const auto& line : node.lines()) {
    if (line.find(part) != std::string::npos) { return line; }
    all += line + '\n';
  }
  return "no line '" + part + "' in: " + all;
}

// Tries all codes from `first` on, many at a time: each costs a broker, a node, and a wait for Paho's threads.
void check_codes(unsigned first, const std::function<std::string(unsigned)>& fault_with) {
  constexpr unsigned at_a_time = 16;
  for (unsigned begin = first; begin < 256; begin += at_a_time) {
    std::vector<std::future<std::string>> faults;
    for (unsigned code = begin; code < std::min(256u, begin + at_a_time); ++code) {
      faults.push_back(std::async(std::launch::async, fault_with, code));
    }
    for (auto& each : faults) { CHECK(each.get() == ""); }
  }
}

std::string refused_with(unsigned code, const char* version, const std::string& connack) {
  MockBroker broker;
  NodeUnderTest node{slow(broker, version)};
  broker.accept();
  broker.read();
  broker.send(connack);
  const auto line = last_line(node, "the broker refused the connection: ");
  const bool five = *version == '5';
  return fault_of(line, code, five ? Codes{3, 0x88, 0x89, 0x96, 0x97, 0x9f} : Codes{3},
                  five ? Codes{2, 0x85, 0x9c, 0x9d} : Codes{2});
}

}  // namespace

TEST_CASE("connector: each of the 256 PUBACK codes does to a message what it should") { check_every_code("1"); }

TEST_CASE("connector: each of the 256 PUBREC codes does to a message what it should") { check_every_code("2"); }

TEST_CASE("connector: each CONNACK code of MQTT 5 is said in words, and how long the broker is left alone") {
  check_codes(1, [](unsigned code) { return refused_with(code, "5", packet({0x20, 3, 0, code, 0})); });
}

TEST_CASE("connector: each return code of MQTT 3.1.1 is said in words, and how long the broker is left alone") {
  check_codes(1, [](unsigned code) { return refused_with(code, "3.1.1", packet({0x20, 2, 0, code})); });
}

TEST_CASE("connector: each DISCONNECT code is said in words, and how long the broker is left alone") {
  check_codes(0, [](unsigned code) {
    MockBroker broker;
    NodeUnderTest node{slow(broker, "5")};
    broker.let_in();
    if (!node.wait_for_link(CULVERT_LINK_UP)) { return std::string{"not connected"}; }
    broker.send(packet({0xe0, 1, code}));
    return fault_of(last_line(node, " lost: the broker disconnected: "), code, {0x88, 0x89, 0x93, 0x96, 0x97, 0x9f},
                    {0x85, 0x9c, 0x9d});
  });
}

TEST_CASE("connector: what can be done about a DISCONNECT is said with it") {
  const std::pair<unsigned, const char*> hints[] = {
      {0x85, "(set another 'client_id')"},
      {0x93, "(set 'window' to what the broker allows)"},
      {0x94, "(set 'topic_alias' to false)"},
      {0x95, "(a message is larger than the broker takes)"},
      {0x96, "(set 'max_rate' to what the broker allows)"},
      {0x97, "(set 'max_rate' to what the broker allows)"},
      {0x9a, "(set 'retain' to false)"},
      {0x9b, "(set 'qos' to less)"},
      {0x9e, "(remove the filters with '$share' from 'subscribe')"},
      {0xa2, "(remove the wildcards from 'subscribe')"},
  };
  for (const auto& [code, hint] : hints) {
    MockBroker broker;
    NodeUnderTest node{slow(broker, "5")};
    broker.let_in();
    CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
    broker.send(packet({0xe0, 1, code}));
    CHECK_SAYING(node, node.wait_for_line(hint));
  }
}

TEST_CASE("connector: a session that is taken over again and again is left to the other client for five minutes") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}})};
  for (int i = 0; i < 4; ++i) {
    broker.let_in();
    CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
    broker.send(packet({0xe0, 1, 0x8e}));
    CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_DOWN));
  }
  CHECK_SAYING(node, node.wait_for_line("another client with this client id (142) (another client uses the client id "
                                        "'c' as well), next try in 5 min"));
  CHECK_SAYING(node, node.count_lines("as well") == 1);
}

TEST_CASE("connector: another server is the next one of the list, and the one that is named is said") {
  MockBroker first, second;
  NodeUnderTest node{options(first, {{"client_id", "c"}, {"url[1]", second.url()}})};
  SUBCASE("at once") {
    first.accept();
    first.read();
    first.send(packet({0x20, 11, 0, 0x9c, 8, 28, 0, 5, 'o', '.', 'c', 'o', 'm'}));
  }
  SUBCASE("in the middle") {
    first.let_in();
    CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
    first.send(packet({0xe0, 10, 0x9d, 8, 28, 0, 5, 'o', '.', 'c', 'o', 'm'}));
  }
  second.let_in();
  CHECK_SAYING(node, node.wait_for_line("(it names 'o.com'), trying '" + second.url() + "' now"));
  CHECK_SAYING(node, node.wait_for_line("connected to '" + second.url()));
}

TEST_CASE("connector: what a broker says of its own is in the log, without what could harm it") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}, {"subscribe[0].topic", "a"}})};
  broker.let_in();
  unsigned id = id_of(broker.read(8));
  broker.send(packet({0x90, 11, id >> 8, id & 0xff, 7, 31, 0, 4, 'n', 'o', '\n', '!', 0x87}));
  CHECK_SAYING(node, node.wait_for_line("subscribe to 'a': not authorized (135), 'no!', next try"));
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  node.send("a", "x");
  id = id_of(broker.read(3));
  broker.send(packet({0x40, 12, id >> 8, id & 0xff, 0x87, 8, 31, 0, 5, 'a', 0x1b, '[', '3', 'm'}));
  CHECK_SAYING(node, node.wait_for_line("set aside: the broker refused it: not authorized (135), 'a[3m'"));
}
