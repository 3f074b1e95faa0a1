// SPDX-License-Identifier: MIT
#include "harness/mock_broker.hpp"
#include "relay.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

extern char** environ;

using namespace culvert::mqtt;
using culvert::test::MockBroker;
using culvert::test::packet;

namespace {

// Of all steps together, the lookup of the name among them: a machine under load must get to the last.
constexpr int64_t tls_wait_ns = 2'000'000'000;

struct Heard final : RelayListener {
  std::mutex mutex;
  std::condition_variable changed;
  int reached = 0, intruders = 0;
  std::vector<Ending> endings;
  std::vector<std::string> probes;

  template <class Change>
  void note(Change change) {
    const std::lock_guard lock{mutex};
    change();
    changed.notify_all();
  }
  template <class Holds>
  bool wait(Holds holds) {
    std::unique_lock lock{mutex};
    return changed.wait_for(lock, std::chrono::seconds{10}, holds);
  }
  void on_connack(const Connack&) override {}
  void on_publish_refused(uint16_t, uint8_t) override {}
  void on_message(std::unique_ptr<Inbound>) override {}
  void on_overflow() override {}
  void on_discard(Discard, const std::string&) override {}
  void on_ids_used() override {}
  void on_confirmed(uint64_t, bool) override {}
  void on_reached(const std::string&) override {
    note([this] { ++reached; });
  }
  void on_ended(const Ending& ending) override {
    note([&] { endings.push_back(ending); });
  }
  void on_probed(const std::string& why) override {
    note([&] { probes.push_back(why); });
  }
  void on_intruder() override {
    note([this] { ++intruders; });
  }
};

Descriptor connect_to(uint16_t port) {
  Descriptor made{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  REQUIRE(connect(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return made;
}

Destination destination(const std::string& url, int64_t timeout_ns = 5'000'000'000) {
  Destination made;
  made.url = parse_url(url);
  made.connect = packet({0x10, 0});
  made.timeout_ns = timeout_ns;
  return made;
}

// Connects from another process, and answers how that ended: 0 when it was turned away without a byte.
int visit(uint16_t port) {
  std::string script = "import socket,sys; s=socket.create_connection(('127.0.0.1'," + std::to_string(port) +
                       "),10); s.settimeout(10)\n"
                       "try: s.sendall(b'\\x10\\x00'); sys.exit(len(s.recv(9)))\n"
                       "except ConnectionError: sys.exit(0)";
  std::string words[] = {"python3", "-c", script};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  pid_t process = -1;
  REQUIRE(posix_spawnp(&process, "python3", nullptr, nullptr, arguments, environ) == 0);
  int status = -1;
  waitpid(process, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("relay: another process is turned away and nothing of it reaches the broker") {
  MockBroker broker;
  Flow flow;
  PacketIds ids;
  Heard heard;
  Relay relay{flow, ids, heard};
  relay.dial(destination(broker.url()));
  broker.accept();
  CHECK(heard.wait([&] { return heard.reached == 1; }));
  CHECK(visit(relay.port()) == 0);
  CHECK(heard.wait([&] { return heard.intruders == 1; }));
  // The connection that is ours still gets in, and what it says is the first that the broker hears.
  const auto ours = connect_to(relay.port());
  REQUIRE(send(ours.get(), "\x10\x00", 2, 0) == 2);
  CHECK(broker.read() == packet({0x10, 0}));
}

TEST_CASE("relay: one that comes first waits until the broker is reached") {
  MockBroker broker;
  Flow flow;
  PacketIds ids;
  Heard heard;
  Relay relay{flow, ids, heard};
  const auto ours = connect_to(relay.port());
  REQUIRE(send(ours.get(), "\x10\x00", 2, 0) == 2);
  relay.dial(destination(broker.url()));
  broker.accept();
  CHECK(broker.read() == packet({0x10, 0}));
}

TEST_CASE("relay: a name that is not known and a port that nobody has are said") {
  Flow flow;
  PacketIds ids;
  Heard heard;
  Relay relay{flow, ids, heard};
  relay.dial(destination("mqtt://nowhere.invalid"));
  CHECK(heard.wait([&] { return heard.endings.size() == 1; }));
  CHECK(heard.endings[0].why.starts_with("name lookup of 'nowhere.invalid': "));
}

TEST_CASE("relay: a broker that takes the connection and says nothing in the TLS handshake runs into the deadline") {
  MockBroker broker;
  Flow flow;
  PacketIds ids;
  Heard heard;
  Relay relay{flow, ids, heard};
  auto there = destination(broker.url(), tls_wait_ns);
  there.url.tls = true;
  relay.dial(there);
  CHECK(heard.wait([&] { return heard.endings.size() == 1; }));
  CHECK(heard.endings[0].why == "no answer to the TLS handshake in time");
}

TEST_CASE("relay: a probe answers beside the connection that lives, and sends no byte of MQTT") {
  MockBroker broker, other;
  Flow flow;
  PacketIds ids;
  Heard heard;
  Relay relay{flow, ids, heard};
  const auto ours = connect_to(relay.port());
  REQUIRE(send(ours.get(), "\x10\x00", 2, 0) == 2);
  relay.dial(destination(broker.url()));
  broker.accept();
  CHECK(broker.read() == packet({0x10, 0}));
  relay.probe(destination(other.url()));
  other.accept();
  CHECK(other.read().empty());
  CHECK(heard.wait([&] { return heard.probes.size() == 1; }));
  CHECK(heard.probes[0].empty());
  other.go_away();
  relay.probe(destination(other.url()));
  CHECK(heard.wait([&] { return heard.probes.size() == 2; }));
  CHECK(heard.probes[1].find("Connection refused") != std::string::npos);
  other.come_back();
  auto tls = destination(other.url(), tls_wait_ns);
  tls.url.tls = true;
  relay.probe(tls);
  CHECK(heard.wait([&] { return heard.probes.size() == 3; }));
  CHECK(heard.probes[2] == "no answer to the TLS handshake in time");
  CHECK(heard.endings.empty());
}

TEST_CASE("relay: a cut ends both sides at once") {
  MockBroker broker;
  Flow flow;
  PacketIds ids;
  Heard heard;
  Relay relay{flow, ids, heard};
  const auto ours = connect_to(relay.port());
  relay.dial(destination(broker.url()));
  broker.accept();
  REQUIRE(send(ours.get(), "\x10\x00", 2, 0) == 2);
  broker.read();
  relay.cut("enough");
  CHECK(broker.read().empty());
  char byte = 0;
  CHECK(recv(ours.get(), &byte, 1, 0) == 1);
  CHECK(byte == '\x20');
  CHECK(recv(ours.get(), &byte, 1, 0) == 0);
  // What Paho writes before it has noticed is taken: a write that failed would be a message that it gives up.
  const std::string late(100'000, 'x');
  for (int i = 0; i < 20; ++i) { CHECK(send(ours.get(), late.data(), late.size(), MSG_NOSIGNAL) == 100'000); }
  CHECK(heard.wait([&] { return heard.endings.size() == 1; }));
  CHECK(heard.endings[0].why == "enough");
}
