// SPDX-License-Identifier: MIT
#include "bucket.hpp"
#include "outbound.hpp"
#include "status.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace culvert;
using namespace culvert::mqtt;

namespace {

constexpr int64_t s = 1'000'000'000;
constexpr int64_t wall = 1'800'000'000 * s;

// What one property of a message makes of it, or why it is refused.
std::string read(const char* name, std::string_view value, Outbound& ret_outbound, std::string_view payload = "x") {
  const Options options;
  Draft draft;
  draft.topic("a").payload(payload).property(name, value);
  return read_outbound(MessageView{draft.raw()}, options, wall, ret_outbound);
}

}  // namespace

TEST_CASE("outbound: properties of a message go before the options") {
  Options options;
  options.qos = 1;
  options.message_expiry_s = 30;
  Draft draft;
  draft.topic("a").payload("x", "text/plain").property("color", "red").time_ns(wall);
  Outbound out;
  CHECK(read_outbound(MessageView{draft.raw()}, options, wall, out).empty());
  CHECK(out.qos == 1);
  CHECK(!out.retain);
  CHECK(out.properties.expiry_s == 30u);
  CHECK(out.properties.content_type == "text/plain");
  REQUIRE(out.properties.user.size() == 1);
  CHECK(out.properties.user[0].first == "color");
  draft.property("mqtt.qos", "2").property("mqtt.retain", "1").property("mqtt.expiry", "7");
  draft.property("mqtt.response_topic", "r/1").property("mqtt.correlation_data", std::string_view{"\0\xff", 2});
  draft.property("mqtt.payload_format", "1").property("mqtt.from", "other");
  CHECK(read_outbound(MessageView{draft.raw()}, options, wall, out).empty());
  CHECK(out.qos == 2);
  CHECK(out.retain);
  CHECK(out.has_properties);
  CHECK(out.properties.expiry_s == 7u);
  CHECK(out.properties.response_topic == "r/1");
  CHECK(out.properties.correlation_data == std::string_view{"\0\xff", 2});
  CHECK(out.properties.is_text);
  // Nothing of one message is left for the next.
  Draft plain;
  plain.topic("a").payload("x");
  CHECK(read_outbound(MessageView{plain.raw()}, Options{}, wall, out).empty());
  CHECK(!out.has_properties);
  CHECK(out.properties.user.empty());
  CHECK(out.properties.correlation_data.empty());
}

TEST_CASE("outbound: a property that cannot be meant is a reason not to publish") {
  Outbound out;
  CHECK(read("mqtt.qos", "3", out) == "its property 'mqtt.qos' must be 0, 1 or 2");
  CHECK(read("mqtt.retain", "yes", out) == "its property 'mqtt.retain' must be 0 or 1");
  for (const char* wrong : {"", "-1", "1s", "4294967296", " 1"}) {
    CHECK(read("mqtt.expiry", wrong, out) == "its property 'mqtt.expiry' must be a number of seconds");
  }
  for (const char* wrong : {"", "a/+", "a#", "a\n", "\xff"}) {
    CHECK(read("mqtt.response_topic", wrong, out) == "its property 'mqtt.response_topic' must be a topic");
  }
  CHECK(read("mqtt.correlation_data", std::string(65536, 'x'), out) ==
        "its property 'mqtt.correlation_data' must be at most 65535 bytes");
  CHECK(read("mqtt.payload_format", "text", out) == "its property 'mqtt.payload_format' must be 0 or 1");
  CHECK(read("mqtt.payload_format", "1", out, "\xff").ends_with("the payload is not valid UTF-8"));
  CHECK(read("mqtt.payload_format", "0", out, "\xff").empty());
  CHECK(read("x", std::string(65536, 'x'), out) == "a property has more than 65535 bytes");
}

TEST_CASE("outbound: an expiry loses the time that the message waited here, and never all of it") {
  CHECK(expiry_left_s(60, wall - 20 * s, wall) == 40);
  CHECK(expiry_left_s(60, wall, wall) == 60);
  CHECK(expiry_left_s(60, wall - 60 * s, wall) == 1);
  CHECK(expiry_left_s(60, wall - 3600 * s, wall) == 1);
  CHECK(expiry_left_s(0xffffffff, wall - 10 * s, wall) == 0xffffffff - 10);
  CHECK(expiry_left_s(0, wall, wall) == 1);
  // The clock was set, or was not yet: no wait explains these.
  CHECK(expiry_left_s(60, wall + 3600 * s, wall) == 60);
  CHECK(expiry_left_s(60, wall - 50LL * 365 * 24 * 3600 * s, wall) == 60);
  CHECK(expiry_left_s(60, 0, wall) == 60);
  Draft draft;
  draft.topic("a").property("mqtt.expiry", "60").time_ns(wall - 20 * s);
  Outbound out;
  CHECK(read_outbound(MessageView{draft.raw()}, Options{}, wall, out).empty());
  CHECK(out.properties.expiry_s == 40u);
  draft.flags(CULVERT_TIME_UNSYNCED);
  CHECK(read_outbound(MessageView{draft.raw()}, Options{}, wall, out).empty());
  CHECK(out.properties.expiry_s == 60u);
}

TEST_CASE("bucket: in any span no more pass than the burst and what the rate allows") {
  for (const uint32_t burst : {1u, 5u, 100u}) {
    int64_t rested_ns = 0;
    Bucket bucket{10, burst};
    std::vector<int64_t> passed;
    int64_t now = 1000 * s;
    for (int i = 0; i < 500; ++i) {
      now = std::max(now, bucket.next_ns());
      bucket.take(now);
      passed.push_back(now);
      // Rests here and there, by which it fills again, and not above the burst.
      if (i % 97 == 96) { now += 3 * s, rested_ns += 3 * s; }
    }
    for (std::size_t first = 0; first < passed.size(); ++first) {
      for (std::size_t last = first; last < passed.size(); ++last) {
        const double allowed = burst + static_cast<double>(passed[last] - passed[first]) / 1e9 * 10;
        REQUIRE(static_cast<double>(last - first + 1) <= allowed + 1e-6);
      }
    }
    // It is not slower than it may be either.
    CHECK(passed.back() - passed.front() <= (500 - burst) * s / 10 + rested_ns);
  }
  Bucket open{0, 1};
  open.take(s);
  CHECK(open.next_ns() <= 0);
}

TEST_CASE("status: says what it is, with the time in UTC where one is given") {
  CHECK(status_text(true, 1'763'892'000'123'000'000) ==
        R"({"status":"online","version":"0.1.0","time":"2025-11-23T10:00:00.123Z"})");
  CHECK(status_text(false, 0) == R"({"status":"offline","version":"0.1.0"})");
}
