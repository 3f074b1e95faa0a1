// SPDX-License-Identifier: MIT
#include "core/isolation/words.hpp"

#include "core/util/clock.hpp"

#include <doctest/doctest.h>

namespace culvert::isolation {
namespace {

/// As it arrives at the other end.
Json carried(const Json& json) { return Json::from_cbor(Json::to_cbor(json)); }

}  // namespace

TEST_CASE("isolation: an order arrives as it was given, whatever bytes are in its settings") {
  NodeOrder order;
  order.names.node = "boiler";
  order.names.runtime = "edge";
  order.names.state_dir = "/var/lib/culvert";
  order.names.topic = "{runtime}/{node}";
  order.names.log_level = LogLevel::debug;
  order.names.run_mode = CULVERT_RUN_ONCE;
  order.names.plugin = "sensor";
  order.corrects_times = order.is_source = true;
  order.file = "/usr/lib/culvert/sensor.so";
  order.hang_timeout_ns = 5;
  order.settings = {{"key", std::string{"\xff\0\n", 3}, true}, {"other", "", false}};
  order.routes = {"a -> boiler"};
  const NodeOrder got = node_order(carried(to_json(order)));
  CHECK(got.names.node == "boiler");
  CHECK(got.names.log_level == LogLevel::debug);
  CHECK(got.names.run_mode == CULVERT_RUN_ONCE);
  CHECK(got.names.plugin == "sensor");
  CHECK((got.corrects_times && got.is_source && !got.is_transform));
  CHECK(got.file == order.file);
  CHECK(got.hang_timeout_ns == 5);
  REQUIRE(got.settings.size() == 2);
  CHECK(got.settings[0].value == order.settings[0].value);
  CHECK((got.settings[0].given && !got.settings[1].given));
  CHECK(got.routes == order.routes);
}

TEST_CASE("isolation: a report arrives as it was given, and one that is none is refused") {
  NodeReport report;
  report.status.state = NodeState::degraded;
  report.status.reason = "no answer";
  report.status.link = {"connecting", "broker"};
  report.status.received = 7;
  report.status.own = {{"sent", 3}};
  report.is_done = report.is_quiet = true;
  report.unsettled = 9;
  report.activity_ns = 11;
  const Json json = carried(to_json(report));
  const NodeReport got = node_report(json);
  CHECK(got.status.state == NodeState::degraded);
  CHECK(got.status.reason == "no answer");
  REQUIRE(got.status.link);
  CHECK(got.status.link->state == "connecting");
  CHECK(got.status.received == 7);
  REQUIRE(got.status.own.size() == 1);
  CHECK(got.status.own[0].value == 3);
  CHECK((got.is_done && got.is_quiet && got.unsettled == 9 && got.activity_ns == 11));
  for (const auto& [key, value] : json.items()) {
    if (key == "link") { continue; }
    Json broken = json;
    broken.erase(key);
    CHECK_THROWS_AS(node_report(broken), Json::exception);
    broken[key] = Json::array({Json::array()});
    CHECK_THROWS_AS(node_report(broken), Json::exception);
  }
  Json strange = json;
  strange["state"] = 1000;
  CHECK(node_report(strange).status.state == NodeState::failed);
}

TEST_CASE("isolation: what a report says is cut to what a node may say of itself") {
  NodeReport report;
  report.status.reason = std::string(511, 'x') + "\u00fc";
  report.status.link = {"up", std::string("\xff") + std::string(1000, 'y')};
  report.status.own = {{"Sent", 1}, {"", 2}, {"a\nb", 3}, {std::string(65, 'a'), 4}};
  for (uint64_t number = 0; number < 2 * CULVERT_MAX_COUNTERS; ++number) {
    report.status.own.push_back({"count_" + std::to_string(number), number});
  }
  report.activity_ns = INT64_MAX;
  const Json json = carried(to_json(report));
  const NodeReport got = node_report(json);
  CHECK(got.status.reason == std::string(511, 'x'));
  CHECK(got.status.link->detail == "?" + std::string(511, 'y'));
  REQUIRE(got.status.own.size() == CULVERT_MAX_COUNTERS);
  CHECK(got.status.own.front().name == "count_0");
  CHECK(got.activity_ns <= monotonic_ns());
  for (const char* key : {"state", "received", "rejected", "refused", "stale_completions", "emitted", "unsettled"}) {
    for (const Json& wrong : {Json(1e300), Json(0.5), Json("1"), Json(true)}) {
      Json broken = json;
      broken[key] = wrong;
      CHECK_THROWS_AS(node_report(broken), Json::exception);
    }
    Json negative = json;
    negative[key] = -1;
    if (std::string_view{key} != "state") { CHECK_THROWS_AS(node_report(negative), Json::exception); }
  }
}

TEST_CASE("isolation: a line of the log arrives with its event, and a child can speak for its node alone") {
  const auto got = [](LogKind kind) { return log_kind(carried(log_word(kind, "x"))); };
  CHECK(log_word(LogEvent::node_failed, "broken").at("line") == "broken");
  CHECK(got(LogEvent::node_failed) == LogKind{LogEvent::node_failed});
  CHECK(got({LogEvent::plugin_line, LogLevel::warn}) == LogKind{LogEvent::plugin_line, LogLevel::warn});
  CHECK(got(LogEvent::runtime_failed) == LogKind{LogEvent::plugin_line, LogLevel::error});
  Json word = log_word(LogEvent::node_failed, "x");
  word["level"] = 3;
  CHECK(log_kind(word) == LogKind{LogEvent::node_failed});
  for (const char* unknown : {"node.nothing", "node.", "", "node.failed\n"}) {
    word["event"] = unknown;
    CHECK(log_kind(word) == LogKind{LogEvent::plugin_line, LogLevel::debug});
  }
  for (const Json& strange : {Json(-1), Json(1000), Json("error"), Json()}) {
    word["level"] = strange;
    CHECK(log_kind(word).level == LogLevel::debug);
  }
  for (const char* key : {"event", "level"}) {
    Json broken = word;
    broken.erase(key);
    CHECK_THROWS_AS(log_kind(broken), Json::exception);
  }
  word["event"] = 7;
  CHECK_THROWS_AS(log_kind(word), Json::exception);
}

TEST_CASE("isolation: the name of a call is short and plain, or refused") {
  CHECK(call_name("process") == "process");
  CHECK(call_name(std::string(1000, 'x')) == std::string(64, 'x'));
  CHECK_THROWS_AS(call_name("two\nlines"), Json::exception);
  CHECK_THROWS_AS(call_name(7), Json::exception);
}

}  // namespace culvert::isolation
