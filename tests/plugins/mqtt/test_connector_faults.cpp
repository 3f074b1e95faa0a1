// SPDX-License-Identifier: MIT
// The connector and what is not as it should be: brokers of another version, servers that are none, options, files.
#include "harness/checks.hpp"

#include <sys/socket.h>

#include <atomic>
#include <fstream>
#include <thread>

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;

TEST_CASE("connector: with MQTT 3.1.1 no more than 10 messages of QoS 2 are on their way") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}, {"version", "3.1.1"}, {"qos", "2"}})};
  broker.let_in();
  for (int i = 0; i < 12; ++i) { node.send("a", "x"); }
  const unsigned first = id_of(broker.read(3));
  for (int i = 1; i < 10; ++i) { broker.read(3); }
  CHECK(broker.is_quiet_past_node());
  CHECK(node.taken().size() == 10);
  broker.send(packet({0x50, 2, first >> 8, first & 0xff}));
  broker.read(6);
  CHECK(broker.is_quiet_past_node());
  broker.send(packet({0x70, 2, first >> 8, first & 0xff}));
  broker.read(3);
  CHECK(broker.is_quiet_past_node());
}

TEST_CASE("connector: one closed connection does not keep MQTT 5 from a broker that knows it") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}})};
  broker.accept();
  CHECK(broker.read().at(8) == 5);
  SUBCASE("when 3.1.1 is closed on as well") {
    broker.close();
    broker.accept();
    CHECK(broker.read().at(8) == 4);
    broker.close();
  }
  SUBCASE("when 3.1.1 is refused") {
    broker.close();
    broker.accept();
    CHECK(broker.read().at(8) == 4);
    broker.send(packet({0x20, 2, 0, 3}));
  }
  SUBCASE("when nobody is there for 3.1.1") {
    broker.go_away();
    CHECK_SAYING(node, node.wait_for_line("Connection refused, next try in"));
    broker.come_back();
  }
  CHECK(broker.let_in().at(8) == 5);
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  CHECK_SAYING(node, node.count_lines("trying once with MQTT 3.1.1") == 1);
  broker.close();
  CHECK(broker.let_in().at(8) == 5);
}

TEST_CASE("connector: each of several brokers is met in its own version") {
  MockBroker old, young;
  NodeUnderTest node{options(old, {{"client_id", "c"}, {"url[1]", young.url()}})};
  old.accept();
  CHECK(old.read().at(8) == 5);
  old.close();
  CHECK(old.let_in().at(8) == 4);
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  old.go_away();
  CHECK(young.let_in().at(8) == 5);
  CHECK_SAYING(node, node.wait_for_line("connected to '" + young.url() + "' (MQTT 5"));
  old.come_back();
  young.go_away();
  CHECK(old.let_in().at(8) == 4);
}

TEST_CASE("connector: a server that is no MQTT broker is told from one by its first byte") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}})};
  broker.accept();
  SUBCASE("HTTP") {
    broker.read();
    broker.send("HTTP/1.1 400 Bad Request\r\n\r\n");
  }
  SUBCASE("SSH") { broker.send("SSH-2.0-OpenSSH_9.2\r\n"); }
  SUBCASE("SMTP") { broker.send("220 mail.test ESMTP\r\n"); }
  SUBCASE("one byte") { broker.send("0"); }
  CHECK_SAYING(node, node.wait_for_line("it answers, but is no MQTT broker, next try in", 3s));
  CHECK(broker.let_in().at(8) == 5);
}

TEST_CASE("connector: versions, suites and waits that cannot be are refused before anything is opened") {
  const auto refused = [](NodeUnderTest::Options more, const char* why) {
    more.insert({"url[0]", "mqtts://broker.test"});
    NodeUnderTest node{more};
    CHECK(!node.is_running());
    CHECK_SAYING(node, node.count_lines(why) == 1);
  };
  refused({{"tls.min_version", "1.3"}, {"tls.max_version", "1.2"}},
          "option 'tls.min_version' (1.3) is above 'tls.max_version' (1.2)");
  refused({{"tls.ciphers[0]", "RC4-MD5"}}, "tls.ciphers: unknown or refused suite 'RC4-MD5'");
  refused({{"tls.ciphers[0]", "TLS13-AES128-GCM-SHA256"}, {"tls.max_version", "1.2"}},
          "tls.ciphers: 'TLS13-AES128-GCM-SHA256' is a suite of TLS 1.3, which tls.max_version leaves out");
  refused({{"tls.ciphers[0]", "TLS13-AES128-GCM-SHA256"},
           {"tls.ciphers[1]", "ECDHE-RSA-AES128-GCM-SHA256"},
           {"tls.min_version", "1.3"}},
          "tls.ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' is a suite of TLS 1.2, which tls.min_version leaves out");
  refused({{"tls.server_name", "*"}}, "'*' is not the name of a host");
  refused({{"bind", "1.2.3"}}, "option 'bind' must be an IP address or the name of an interface, got '1.2.3'");
  refused({{"backoff.min", "60000000000"}, {"backoff.max", "2000000000"}},
          "option 'backoff.min' (60 s) is above 'backoff.max' (2 s)");
}

TEST_CASE("connector: TLS options without a broker that speaks TLS are refused") {
  const auto refused = [](const char* option, const char* value) {
    NodeUnderTest node{{{"url[0]", "mqtt://broker.test"}, {option, value}}};
    CHECK(!node.is_running());
    const std::string key = std::string{option}.substr(0, std::string{option}.find('['));
    CHECK_SAYING(node, node.count_lines("option '" + key +
                                        "' is of no use with 'mqtt://broker.test:1883': write mqtts://") == 1);
  };
  refused("tls.ca", "/ca.crt");
  refused("tls.key_password", "x");
  refused("tls.server_name", "x");
  refused("tls.min_version", "1.3");
  refused("tls.max_version", "1.2");
  refused("tls.ciphers[0]", "TLS13-AES128-GCM-SHA256");
  refused("tls.insecure_skip_verify", "true");
  MockBroker broker;
  // What is given is what the facts say anyway, or one broker of several has a use for it.
  NodeUnderTest defaults{options(broker, {{"client_id", "c"}, {"tls.min_version", "1.2"}, {"tls.max_version", "1.3"}})};
  CHECK_SAYING(defaults, defaults.is_running());
  NodeUnderTest mixed{options(broker, {{"client_id", "c"}, {"url[1]", "mqtts://127.0.0.1:1"}, {"tls.ca", "/ca.crt"}})};
  CHECK_SAYING(mixed, mixed.is_running());
}

TEST_CASE("connector: a control character is refused in options, and a message with one in its topic is set aside") {
  const auto refused = [](NodeUnderTest::Options more, const char* key) {
    more.insert({"url[0]", "mqtt://broker.test"});
    NodeUnderTest node{more};
    CHECK(!node.is_running());
    CHECK_SAYING(node, node.count_lines("option '" + std::string{key} + "' holds a control character") == 1);
  };
  refused({{"client_id", "a\n"}}, "client_id");
  refused({{"username", "a\x7f"}}, "username");
  refused({{"subscribe[0].topic", "a"}, {"subscribe[1].topic", "a\xc2\x85"}}, "subscribe[1].topic");
  refused({{"will.topic", "a\x01"}}, "will.topic");
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}})};
  broker.let_in();
  for (const char* topic : {"a\x01", "a\x7f", "a\xc2\x80", "a\xc2\x9f"}) { node.send(topic, "x"); }
  node.send("a\xc2\xa0\xe0\xb2\x85", "x", {{"mqtt.qos", "0"}});
  CHECK_SAYING(node, node.wait_for_ended(5));
  for (uint64_t number = 1; number <= 4; ++number) { CHECK(node.ended().at(number) == CULVERT_REJECTED); }
  CHECK(node.ended().at(5) == CULVERT_OK);
  CHECK_SAYING(node, node.count_lines("set aside: its topic holds a control character") == 1);
}

TEST_CASE("connector: a damaged client id file is replaced with a warning") {
  MockBroker broker;
  const TemporaryFolder state;
  const std::string path = state.path() + "/mqtt-cloud.id";
  SUBCASE("empty") { std::ofstream{path}.flush(); }
  SUBCASE("garbage") { std::ofstream{path} << "\x01\x02"; }
  {
    NodeUnderTest node{options(broker), "cloud", state.path()};
    broker.let_in();
    CHECK_SAYING(node, node.count_lines("warn the client id file '" + path + "' was damaged") == 1);
  }
  NodeUnderTest node{options(broker), "cloud", state.path()};
  CHECK_SAYING(node, node.is_running());
  CHECK_SAYING(node, node.count_lines("damaged") == 0);
}

TEST_CASE("connector: a broker that goes on sending can read DISCONNECT and the end behind it") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}, {"will.topic", "w"}, {"will.payload", "gone"}})};
  broker.let_in();
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  std::string expected = packet({0xe0, 2, 0, 0});
  bool stops = true;
  SUBCASE("at a stop") {}
  SUBCASE("after a fault of its own") {
    stops = false;
    broker.send(packet({0x33, 5, 0, 1, 'a', 0, 0}));
    expected = packet({0xe0, 1, 0x81});
  }
  // Without a pause, until the node has left and for some time behind it.
  const std::string message = packet({0x30, 5, 0, 1, 'a', 0, 'x'});
  std::string burst;
  for (int i = 0; i < 1000; ++i) { burst += message; }
  std::atomic<bool> read_all = false;
  bool sent_all = true;
  std::thread sender{[&] {
    for (int left = 5; left > 0; left -= read_all ? 1 : 0) {
      for (std::size_t at = 0; at < burst.size() && sent_all;) {
        const ssize_t put = send(broker.descriptor(), burst.data() + at, burst.size() - at, MSG_NOSIGNAL);
        sent_all = put > 0;
        at += static_cast<std::size_t>(std::max<ssize_t>(put, 0));
      }
      if (!sent_all) { return; }
    }
  }};
  const auto begun = std::chrono::steady_clock::now();
  const auto stop = [&] { node.stop(); };
  // A fault is answered by itself; a goodbye of the node must not come before that.
  std::thread stopper;
  if (stops) { stopper = std::thread{stop}; }
  const std::string last = broker.read(0xe);
  read_all = true;
  sender.join();
  CHECK_SAYING(node, last == expected);
  // Where a slow machine needs more than the half second that there is, what it sends after that is refused.
  if (sent_all && std::chrono::steady_clock::now() - begun < 500ms) {
    CHECK(broker.read().empty());
    int error = 0;
    socklen_t size = sizeof error;
    CHECK(getsockopt(broker.descriptor(), SOL_SOCKET, SO_ERROR, &error, &size) == 0);
    CHECK(error == 0);
  }
  broker.close();
  stops ? stopper.join() : stop();
}

TEST_CASE("connector: whichever step of QoS 2 is lost, the next connection goes on from there") {
  MockBroker broker;
  NodeUnderTest node{options(broker, {{"client_id", "c"}, {"qos", "2"}, {"session_expiry", "60000000000"}})};
  broker.let_in();
  node.send("a", "1");
  const auto come_again = [&] {
    broker.close();
    CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_DOWN));
    broker.let_in(true);
  };
  const auto first = broker.read();
  const unsigned id = id_of(first);
  CHECK((first[0] & 8) == 0);
  const std::string pubrec = packet({0x50, 2, id >> 8, id & 0xff}), pubrel = packet({0x62, 2, id >> 8, id & 0xff});
  // PUBREC did not come: PUBLISH again, as a duplicate.
  come_again();
  const auto second = broker.read();
  CHECK((second[0] & 8) != 0);
  CHECK(id_of(second) == id);
  broker.send(pubrec);
  CHECK(broker.read() == pubrel);
  // PUBCOMP did not come: PUBREL again, and never PUBLISH.
  come_again();
  CHECK(broker.read() == pubrel);
  broker.send(packet({0x70, 2, id >> 8, id & 0xff}));
  CHECK_SAYING(node, node.wait_for_ended(1));
  CHECK(node.taken().size() == 1);
  CHECK(broker.is_quiet_past_node());
}
