// SPDX-License-Identifier: MIT
// The way to a broker whose name has several addresses.
#include "clock.hpp"
#include "dial.hpp"
#include "harness/mock_broker.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace culvert::mqtt;
using culvert::test::MockBroker;

namespace {

constexpr int64_t second_ns = 1'000'000'000;

std::string url_of(const MockBroker& broker, const std::string& host) {
  const std::string url = broker.url();
  return "mqtt://" + host + url.substr(url.rfind(':'));
}

// Turns until the broker is reached; throws what `step` throws.
std::string reach(const std::string& url, int64_t timeout_ns) {
  Resolver resolver;
  Dial dial{resolver, parse_url(url), {}, now_ns() + timeout_ns};
  while (!dial.step(now_ns())) {
    const auto wish = dial.wish();
    pollfd polled{wish.descriptor, wish.events, 0};
    poll(&polled, 1, static_cast<int>(std::max<int64_t>(0, (wish.until_ns - now_ns()) / 1'000'000 + 1)));
  }
  return dial.description();
}

// A listener that takes no connection: its queue is full, and what comes is not answered.
class Silent {
 public:
  Silent(const char* address, uint16_t port) : listener_{socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)} {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    REQUIRE(inet_pton(AF_INET, address, &where.sin_addr) == 1);
    const auto* const raw = reinterpret_cast<const sockaddr*>(&where);
    REQUIRE(bind(listener_.get(), raw, sizeof where) == 0);
    REQUIRE(listen(listener_.get(), 0) == 0);
    for (int i = 0; i < 4; ++i) {
      Descriptor& filler = fillers_.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
      static_cast<void>(connect(filler.get(), raw, sizeof where));
    }
  }

 private:
  Descriptor listener_;
  std::vector<Descriptor> fillers_;
};

uint16_t port_of(const MockBroker& broker) {
  const std::string url = broker.url();
  return static_cast<uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
}

}  // namespace

TEST_CASE("dial: of several addresses the next one is tried when one refuses") {
  MockBroker broker;
  CHECK_NOTHROW(reach(url_of(broker, "127.0.0.3.and.127.0.0.1.test"), 10 * second_ns));
  broker.accept();
}

TEST_CASE("dial: of several addresses the next one is tried when one does not answer, with time left for it") {
  MockBroker broker;
  const Silent silent{"127.0.0.4", port_of(broker)};
  CHECK_NOTHROW(reach(url_of(broker, "127.0.0.4.and.127.0.0.1.test"), 4 * second_ns));
  broker.accept();
}

TEST_CASE("dial: when no address answers the last one is named") {
  MockBroker broker;
  const std::string port = std::to_string(port_of(broker));
  const auto why = [&](const std::string& host) -> std::string {
    try {
      return "reached: " + reach(url_of(broker, host), 2 * second_ns);
    } catch (const std::runtime_error& error) { return error.what(); }
  };
  CHECK(why("127.0.0.3.and.127.0.0.5.test") == "127.0.0.5:" + port + ": Connection refused");
  const Silent silent{"127.0.0.4", port_of(broker)};
  CHECK(why("127.0.0.3.and.127.0.0.4.test") == "no answer from 127.0.0.4:" + port + " in time");
}
