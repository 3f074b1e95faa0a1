// SPDX-License-Identifier: MIT
// Parts of the doctor; tests/e2e/doctor.py and doctor_beside.py run all of it.
#include "clock.hpp"
#include "doctor.hpp"
#include "doctor_packets.hpp"
#include "doctor_tcp.hpp"
#include "harness/mock_broker.hpp"
#include "reasons.hpp"
#include "tls_authority.hpp"
#include "url.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>

using namespace culvert::mqtt;
using namespace std::string_literals;
using culvert::test::MockBroker;

namespace {

constexpr int64_t s = 1'000'000'000;

Address loopback(uint16_t port) {
  Address made;
  auto& address = reinterpret_cast<sockaddr_in&>(made.storage);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  made.size = sizeof address;
  return made;
}

Subscription wanted(const std::string& filter, uint8_t qos) {
  Subscription made;
  made.filter = filter;
  made.qos = qos;
  return made;
}

}  // namespace

TEST_CASE("doctor packets: each byte is where the standard has it") {
  CHECK(encode_subscribe(Version::v5, 258, wanted("a/#", 2)) == "\x82\x09\x01\x02\x00\x00\x03"s + "a/#\x22");
  CHECK(encode_subscribe(Version::v3, 1, wanted("a", 1)) == "\x82\x06\x00\x01\x00\x01"s + "a\x01");
  CHECK(encode_unsubscribe(Version::v5, 1, "a") == "\xa2\x06\x00\x01\x00\x00\x01"s + "a");
  CHECK(encode_unsubscribe(Version::v3, 1, "a") == "\xa2\x05\x00\x01\x00\x01"s + "a");
  CHECK(encode_publish(Version::v5, 7, 1, "t", "hi") == "\x32\x08\x00\x01t\x00\x07\x00hi"s);
  CHECK(encode_publish(Version::v3, 7, 0, "t", "hi") == "\x30\x05\x00\x01thi"s);
  CHECK(encode_disconnect() == "\xe0\x00"s);
}

TEST_CASE("doctor packets: options of a subscription go along, and kept messages are never asked for") {
  Subscription all = wanted("a", 1);
  all.no_local = all.retain_as_published = true;
  CHECK(encode_subscribe(Version::v5, 1, all).back() == '\x2d');
  CHECK(encode_subscribe(Version::v3, 1, all).back() == '\x01');
}

TEST_CASE("doctor: every address is tried, and each has its own answer") {
  MockBroker broker;
  const auto trials = try_all({loopback(1), loopback(parse_url(broker.url()).port)}, Bind{}, now_ns() + 10 * s);
  REQUIRE(trials.size() == 2);
  CHECK(trials[0].fault == "127.0.0.1:1: Connection refused");
  CHECK(trials[1].fault.empty());
  CHECK(trials[1].fits);
  CHECK(try_all({loopback(1)}, Bind{"::1"}, now_ns() + s)[0].fits == false);
  const TcpTrial kept = try_all({loopback(1)}, Bind{"192.0.2.1"}, now_ns() + s)[0];
  CHECK(kept.fault == "bind '192.0.2.1': no interface of this box has this address");
  CHECK_FALSE(kept.left);
  CHECK(trials[0].left);
}

TEST_CASE("doctor: every refusal of CONNECT has a hint, and only those of credentials send people to them") {
  for (unsigned code = 1; code < 256; ++code) {
    CAPTURE(code);
    for (const Version version : {Version::v5, Version::v3}) {
      const std::string_view hint = advice_on_connack(version, static_cast<uint8_t>(code));
      CHECK_FALSE(hint.empty());
      const bool is_old = version == Version::v3 || code < 6;
      const bool is_of_credentials =
          is_old ? code == 4 || code == 5 : code == 134 || code == 135 || code == 138 || code == 140;
      CHECK((hint.find("'password'") != std::string_view::npos) == is_of_credentials);
    }
  }
  CHECK(advice_on_connack(Version::v5, 0x9d) == "put the broker's other address into 'url'");
  CHECK(advice_on_connack(Version::v5, 0x97).starts_with("it takes nobody more at the moment"));
}

TEST_CASE("doctor: the day of the build is no day to come") {
  CHECK(build_day_s() > 1'700'000'000);
  CHECK(build_day_s() <= wall_clock_s());
}
