// SPDX-License-Identifier: MIT
#include "backoff.hpp"
#include "client_id.hpp"
#include "harness/mosquitto.hpp"
#include "keep_alive.hpp"
#include "states.hpp"
#include "url.hpp"
#include "words.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

using namespace culvert::mqtt;
using culvert::test::TemporaryFolder;

namespace {

constexpr int64_t s = 1'000'000'000;

std::string fault_of_url(const char* text) {
  try {
    parse_url(text);
  } catch (const std::invalid_argument& error) { return error.what(); }
  return "";
}

}  // namespace

TEST_CASE("words: what a broker says is bounded, and free of control characters and of what is no UTF-8") {
  CHECK(told("quota of plan exceeded") == "quota of plan exceeded");
  CHECK(told("a\nb\x1b[31mc\x7f\xc2\x85") == "ab[31mc");
  CHECK(told("\xff\xc3\xa4\xed\xa0\x80z\xe2\x82") == "\xc3\xa4z");
  CHECK(told(std::string(70'000, 'x')) == std::string(200, 'x'));
  CHECK(told(std::string(199, 'x') + "\xc3\xa4") == std::string(199, 'x'));
  CHECK(quoted("bye") == ", 'bye'");
  CHECK(quoted("\x01").empty());
}

TEST_CASE("words: durations are rounded for people") {
  CHECK(duration_words(1) == "1 ms");
  CHECK(duration_words(250'000'000) == "250 ms");
  CHECK(duration_words(3'600'000'000) == "4 s");
  CHECK(duration_words(300 * s) == "5 min");
}

TEST_CASE("backoff: the ceiling doubles up to the maximum, and the floor is the minimum") {
  Backoff backoff{s, 30 * s};
  constexpr int64_t ceilings[] = {2, 4, 8, 16, 30, 30};
  Backoff highest{s, 30 * s};
  for (const int64_t ceiling : ceilings) {
    CHECK(backoff.next_ns(0) == s);
    CHECK(highest.next_ns(static_cast<uint64_t>((ceiling - 1) * s)) == ceiling * s);
  }
  for (int i = 0; i < 100; ++i) { CHECK(backoff.next_ns(~uint64_t{0} - 7, 300 * s) <= 300 * s); }
  backoff.reset();
  for (uint64_t random = 0; random < 50; ++random) { CHECK(Backoff{s, 30 * s}.next_ns(random * 987'654'321) <= 2 * s); }
  CHECK(Backoff{s, s}.next_ns(12345) == s);
}

TEST_CASE("keep alive: pings in silence either way, and gives up within five quarters") {
  KeepAlive alive{10, 0};
  CHECK(alive.due(7 * s) == KeepAlive::Due::nothing);
  alive.sent(7 * s);
  CHECK(alive.due(7 * s + s / 2) == KeepAlive::Due::ping);
  alive.pinged(7 * s + s / 2);
  CHECK(alive.due(12 * s) == KeepAlive::Due::nothing);
  CHECK(alive.due(12 * s + s / 2) == KeepAlive::Due::gone);
  alive.heard(12 * s);
  CHECK(alive.due(13 * s) == KeepAlive::Due::nothing);
  CHECK(KeepAlive{0, 0}.due(1'000'000 * s) == KeepAlive::Due::nothing);
}

TEST_CASE("states: each follows only where it may") {
  using enum State;
  constexpr State all[] = {idle, dialing, connecting, subscribing, up, leaving, backing_off, stopping};
  int allowed = 0;
  for (const State from : all) {
    for (const State to : all) { allowed += may_follow(from, to) ? 1 : 0; }
    CHECK(!may_follow(stopping, from));
    CHECK(!may_follow(from, idle));
    CHECK(may_follow(from, stopping) == (from != stopping));
  }
  CHECK(allowed == 18);
  CHECK(may_follow(idle, dialing));
  CHECK(may_follow(dialing, connecting));
  CHECK(may_follow(connecting, subscribing));
  CHECK(may_follow(subscribing, up));
  CHECK(!may_follow(dialing, up));
  CHECK(!may_follow(connecting, up));
  CHECK(!may_follow(up, dialing));
  CHECK(may_follow(up, leaving));
  CHECK(may_follow(leaving, dialing));
  CHECK(may_follow(backing_off, dialing));
}

TEST_CASE("url: scheme, host and port are told apart, and the port has a default") {
  CHECK(parse_url("mqtts://broker.test").port == 8883);
  CHECK(parse_url("mqtt://broker.test/").port == 1883);
  CHECK(parse_url("mqtts://[::1]:99").host == "::1");
  CHECK(parse_url("mqtts://[::1]:99").text == "mqtts://[::1]:99");
  CHECK(parse_url("mqtt://10.0.0.1:1").port == 1);
  CHECK(fault_of_url("http://x") == "option 'url': 'http://x' must start with 'mqtts://' or 'mqtt://'");
  for (const char* wrong : {"mqtt://", "mqtt://:1", "mqtt://x:", "mqtt://x:0", "mqtt://x:65536", "mqtt://x:1a",
                            "mqtt://[::1", "mqtt://u:p@x", "mqtt://[::1]x"}) {
    CHECK_MESSAGE(!fault_of_url(wrong).empty(), wrong);
  }
}

TEST_CASE("url: loopback is this host and nothing that only looks like it") {
  CHECK(parse_url("mqtts://localhost").is_loopback());
  CHECK(parse_url("mqtts://127.0.0.1").is_loopback());
  CHECK(parse_url("mqtts://[::1]").is_loopback());
  CHECK(!parse_url("mqtts://127.evil.test").is_loopback());
  CHECK(!parse_url("mqtts://localhost.test").is_loopback());
}

TEST_CASE("client id: made once, kept, and nobody else's business") {
  const TemporaryFolder folder;
  bool damaged = false;
  const ClientIdFile file{folder.path(), "cloud"};
  const auto made = file.load_or_make(damaged);
  CHECK(made.size() == std::string{"cloud-12345678"}.size());
  CHECK(!damaged);
  CHECK(file.load_or_make(damaged) == made);
  CHECK(!damaged);
  struct stat facts {};
  REQUIRE(stat(file.path().c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  file.store("other");
  CHECK(file.load_or_make(damaged) == "other");
}

TEST_CASE("client id: a damaged file is replaced, a link is not followed, a missing folder is said") {
  const TemporaryFolder folder;
  bool damaged = false;
  const ClientIdFile file{folder.path(), "cloud"};
  std::ofstream{file.path()} << "\x01\x02";
  CHECK(file.load_or_make(damaged).starts_with("cloud-"));
  CHECK(damaged);
  REQUIRE(symlink("/etc/hostname", (folder.path() + "/mqtt-linked.id").c_str()) == 0);
  const ClientIdFile linked{folder.path(), "linked"};
  CHECK_THROWS(linked.load_or_make(damaged));
  const ClientIdFile lost{folder.path() + "/none", "cloud"};
  CHECK_THROWS(lost.load_or_make(damaged));
}
