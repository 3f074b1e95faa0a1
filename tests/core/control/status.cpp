// SPDX-License-Identifier: MIT
#include "core/control/status_json.hpp"
#include "core/control/status_text.hpp"
#include "core/control/table.hpp"
#include "core/util/clock.hpp"
#include "core/util/words.hpp"

#include <doctest/doctest.h>

#include <sstream>

namespace culvert::control {
namespace {

RuntimeStatus sample() {
  NodeStatus boiler;
  boiler.name = "boiler";
  boiler.plugin = "sensor";
  boiler.state = NodeState::running;
  boiler.in_state_ns = boiler.uptime_ns = 7984 * one_second_ns + 123 * one_ms_ns;
  boiler.emitted.emitted = 7984;
  boiler.emitted.unrouted = 1;
  boiler.own = {{"rounds_skipped", 17}, {"never", 0}};
  NodeStatus cloud;
  cloud.name = "cloud";
  cloud.plugin = "mqtt";
  cloud.state = NodeState::failed;
  cloud.reason = "the plugin threw: \x1b[2J";
  cloud.link = {"down", "connect to 'mqtts://broker.example:8883': certificate expired 3 days ago, next try in 30 s"};
  cloud.received = UINT64_MAX;
  RouteStatus route;
  route.name = "boiler -> cloud";
  route.from = "boiler";
  route.to = "cloud";
  route.limits.when_full = WhenFull::drop_oldest;
  route.outlet = {
      .counters = {.placed = 20, .delivered = 9, .rejected = 2, .dropped = 7, .dropped_oldest = 3, .dropped_newest = 1},
      .messages = 6,
      .bytes = 1536,
      .in_flight = 4};
  RuntimeStatus status;
  status.name = "edge-01";
  status.version = "0.1.0";
  status.pid = 4711;
  status.uptime_ns = 7985 * one_second_ns;
  status.wall_ns = 1'795'719'819'462'466'705;
  status.pipeline = {{boiler, cloud}, {route}, 1536, 24 << 20};
  return status;
}

}  // namespace

TEST_CASE("status: of a durable route the queue is what is in memory, and the journal what waits on disk") {
  RuntimeStatus status = sample();
  RouteStatus& route = status.pipeline.routes[0];
  route.limits.when_full = WhenFull::thin;
  route.outlet.counters.expired = 2;
  route.outlet.messages = 5006;
  route.outlet.bytes = 1'001'536;
  route.outlet.waiting = 5000;
  route.outlet.waiting_bytes = 1'000'000;
  route.outlet.unwritten = 7;
  route.outlet.durable = true;
  const Json json = Json::parse(to_json(status).dump());
  const Json& shown = json["routes"][0];
  CHECK(shown["when_full"] == "thin");
  CHECK(shown["queue"]["messages"] == 6);
  CHECK(shown["queue"]["bytes"] == 1536);
  CHECK(shown["journal"].dump() == R"({"messages":5000,"bytes":1000000,"unwritten":7})");
  CHECK(shown["counters"]["dropped_downstream"] == 1);
  CHECK(status_text(json).find("on disk 5000, ") != std::string::npos);
  CHECK(status_text(json).find("expired") != std::string::npos);
}

TEST_CASE("status: the JSON has the documented names, seconds with three decimals, and exact counters") {
  const Json json = Json::parse(to_json(sample()).dump());
  CHECK(json["runtime"].dump() ==
        R"({"name":"edge-01","version":"0.1.0","pid":4711,"uptime_s":7985.0,"wall_time_ns":1795719819462466705,)"
        R"("clock_is_set":true,"queued_bytes":1536,"max_queued_bytes":25165824,"last_crash":null})");
  const Json& boiler = json["nodes"][0];
  CHECK(boiler["uptime_s"] == 7984.123);
  CHECK(boiler["link"].is_null());
  CHECK(boiler["plugin_counters"].dump() == R"({"rounds_skipped":17,"never":0})");
  const Json& cloud = json["nodes"][1];
  CHECK(cloud["state"] == "failed");
  CHECK(cloud["link"]["state"] == "down");
  CHECK(cloud["counters"]["received"] == UINT64_MAX);
  const Json& route = json["routes"][0];
  CHECK(route["when_full"] == "drop_oldest");
  CHECK(route["queue"].dump() ==
        R"({"messages":6,"max_messages":1024,"bytes":1536,"max_bytes":1048576,"in_flight":4})");
  CHECK(route["counters"]["dropped_downstream"] == 3);
  CHECK(route["journal"].is_null());
}

TEST_CASE("status: a failed node says when it is tried next, or that it is quarantined, and what was logged before") {
  RuntimeStatus status = sample();
  NodeStatus& cloud = status.pipeline.nodes[1];
  cloud.restarts = 3;
  cloud.next_try_ns = 2 * one_second_ns + 500 * one_ms_ns;
  cloud.last_failure = {{cloud.reason, {"warn no answer", "info \x1b[2J"}, 7 * one_second_ns}};
  const Json waiting = Json::parse(to_json(status).dump())["nodes"][1];
  CHECK(waiting["next_try_s"] == 2.5);
  CHECK(waiting["restarts"] == 3);
  CHECK(waiting["quarantined"] == false);
  CHECK(waiting["last_failure"].dump() ==
        R"({"reason":"the plugin threw: \u001b[2J","ago_s":7.0,"lines":["warn no answer","info \u001b[2J"]})");
  CHECK(status_text(to_json(status))
            .find("  the plugin threw: \\x1b[2J\n  next try in 3 s\n"
                  "  3 restarts, last failure 7 s ago\n"
                  "  | warn no answer\n  | info \\x1b[2J\n") != std::string::npos);
  cloud.next_try_ns.reset();
  cloud.quarantined = true;
  CHECK(to_json(status)["nodes"][1]["next_try_s"].is_null());
  CHECK(status_text(to_json(status)).find("  quarantined after 5 failures in 10 minutes\n") != std::string::npos);
  // What failed before is told once it is no reason any more.
  cloud.state = NodeState::running;
  cloud.quarantined = false;
  cloud.reason.clear();
  CHECK(status_text(to_json(status)).find("  3 restarts, last failure 7 s ago: the plugin threw: \\x1b[2J\n") !=
        std::string::npos);
}

TEST_CASE("status: the answer of a version that knew no restarts can be read") {
  Json older = to_json(sample());
  for (Json& node : older["nodes"]) {
    for (const char* key : {"restarts", "next_try_s", "quarantined", "last_failure"}) { node.erase(key); }
  }
  CHECK(status_text(older) == status_text(to_json(sample())));
}

TEST_CASE("status: the table says what matters, escapes what others said, and fits 80 columns") {
  CHECK(status_text(to_json(sample())) == R"(runtime 'edge-01', process 4711, up 2 h 13 min, 1.5 KiB of 24 MiB queued

NODE    PLUGIN  STATE            UP                    IN   OUT  LINK
boiler  sensor  running  2 h 13 min                     0  7984  -
  unrouted 1
  rounds_skipped 17
cloud   mqtt    failed            -  18446744073709551615     0  down
  the plugin threw: \x1b[2J
  connect to 'mqtts://broker.example:8883': certificate expired 3 days ago, next
    try in 30 s

ROUTE            QUEUED          BYTES  IN FLIGHT  DELIVERED  LOST
boiler -> cloud  6/1024  1.5 KiB/1 MiB          4          9     9
  rejected 2, dropped_oldest 3, dropped_newest 1, dropped_downstream 3
)");
}

TEST_CASE("status: how the run before ended is in the JSON and above the table, as long ago as it is by now") {
  RuntimeStatus status = sample();
  status.last_crash = {"SIGSEGV", "boiler", "sensor", "process", "boiler", {}, 1'795'719'811'000'000'000, 3.5};
  Json json = Json::parse(to_json(status).dump());
  CHECK(json["runtime"]["last_crash"].dump() ==
        R"({"signal":"SIGSEGV","node":"boiler","plugin":"sensor","call":"process","thread":"boiler","sent_by":null,)"
        R"("wall_time_ns":1795719811000000000,"ago_s":7988.5})");
  CHECK(status_text(json).find(R"(queued
  its last run was ended by SIGSEGV in node 'boiler' (plugin 'sensor', in
    'process'), 2 h 13 min ago

NODE )") != std::string::npos);
  status.last_crash->sent_by = 1;
  status.last_crash->ago_s = {};
  json = Json::parse(to_json(status).dump());
  CHECK(status_text(json).find("SIGSEGV that process 1 sent, at a time that is not\n    known\n") != std::string::npos);
  json["runtime"].erase("last_crash");
  CHECK(status_text(json).find("last run") == std::string::npos);
}

TEST_CASE("status: names of full length have lines of their own") {
  RuntimeStatus status = sample();
  status.pipeline.nodes[0].name = std::string(64, 'n');
  status.pipeline.routes[0].name = std::string(64, 'n') + " -> cloud";
  std::istringstream lines{status_text(to_json(status))};
  std::string line;
  bool has_name = false;
  while (std::getline(lines, line)) {
    CHECK(line.size() <= 80);
    has_name = has_name || line == std::string(64, 'n');
  }
  CHECK(has_name);
}

TEST_CASE("status: an answer that lacks something is said to be another version's") {
  Json json = to_json(sample());
  json["routes"][0]["queue"].erase("in_flight");
  CHECK_THROWS_AS(status_text(json), Refusal);
  CHECK_THROWS_AS(status_text(Json("x")), Refusal);
  json = to_json(sample());
  json["nodes"][0]["counters"]["received"] = "many";
  CHECK_THROWS_AS(status_text(json), Refusal);
}

TEST_CASE("status: durations have two words, sizes two digits at least") {
  CHECK(duration_text(0) == "0 s");
  CHECK(duration_text(59.9) == "59 s");
  CHECK(duration_text(184) == "3 min 4 s");
  CHECK(duration_text(86400) == "1 d 0 h");
  CHECK(duration_text(-1) == "0 s");
  CHECK(size_text(0) == "0 B");
  CHECK(size_text(1023) == "1023 B");
  CHECK(size_text(1536) == "1.5 KiB");
  CHECK(size_text(24 << 20) == "24 MiB");
}

}  // namespace culvert::control
