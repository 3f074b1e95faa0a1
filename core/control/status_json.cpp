// SPDX-License-Identifier: MIT
#include "core/control/status_json.hpp"

#include "core/util/clock.hpp"

namespace culvert::control {
namespace {

// To the millisecond.
double seconds(int64_t ns) {
  const int64_t ms = ns / one_ms_ns;
  return static_cast<double>(ms) / 1000;
}

std::string_view policy(WhenFull when_full) {
  switch (when_full) {
    case WhenFull::block:
      return "block";
    case WhenFull::drop_oldest:
      return "drop_oldest";
    case WhenFull::drop_newest:
      return "drop_newest";
    case WhenFull::thin:
      return "thin";
  }
  return {};
}

Json failure_json(const FailureStatus& failure) {
  return {{"reason", failure.reason}, {"ago_s", seconds(failure.ago_ns)}, {"lines", failure.lines}};
}

Json node_json(const NodeStatus& node) {
  Json json;
  json["name"] = node.name;
  json["plugin"] = node.plugin;
  json["state"] = to_string(node.state);
  json["reason"] = node.reason;
  json["in_state_s"] = seconds(node.in_state_ns);
  json["uptime_s"] = seconds(node.uptime_ns);
  json["restarts"] = node.restarts;
  json["next_try_s"] = nullptr;
  if (node.next_try_ns) { json["next_try_s"] = seconds(*node.next_try_ns); }
  json["quarantined"] = node.quarantined;
  json["last_failure"] = nullptr;
  if (node.last_failure) { json["last_failure"] = failure_json(*node.last_failure); }
  json["link"] = nullptr;
  if (node.link) { json["link"] = {{"state", node.link->state}, {"detail", node.link->detail}}; }
  json["counters"] = {{"received", node.received},
                      {"rejected", node.rejected},
                      {"emitted", node.emitted.emitted},
                      {"unrouted", node.emitted.unrouted},
                      {"bad_topic", node.emitted.bad_topics},
                      {"too_large", node.emitted.too_large},
                      {"cut_properties", node.emitted.cut_properties},
                      {"half_placed", node.emitted.half_placed},
                      {"damaged", node.emitted.damaged},
                      {"refused", node.refused},
                      {"stale_completions", node.stale_completions}};
  json["plugin_counters"] = Json::object();
  for (const NamedCount& own : node.own) { json["plugin_counters"][own.name] = own.value; }
  return json;
}

Json route_json(const RouteStatus& route) {
  const OutletCounters& counters = route.outlet.counters;
  Json json;
  json["name"] = route.name;
  json["from"] = route.from;
  json["to"] = route.to;
  json["required"] = route.required;
  json["when_full"] = policy(route.limits.when_full);
  json["queue"] = {{"messages", route.outlet.messages - route.outlet.waiting},
                   {"max_messages", route.limits.max_messages},
                   {"bytes", route.outlet.bytes - route.outlet.waiting_bytes},
                   {"max_bytes", route.limits.max_bytes},
                   {"in_flight", route.outlet.in_flight}};
  json["journal"] = nullptr;
  if (route.outlet.durable) {
    json["journal"] = {{"messages", route.outlet.waiting},
                       {"bytes", route.outlet.waiting_bytes},
                       {"unwritten", route.outlet.unwritten}};
  }
  const uint64_t own = counters.dropped_oldest + counters.dropped_newest + counters.dropped_by_hand + counters.expired;
  json["counters"] = {{"placed", counters.placed},
                      {"delivered", counters.delivered},
                      {"rejected", counters.rejected},
                      {"dropped", counters.dropped},
                      {"dropped_oldest", counters.dropped_oldest},
                      {"dropped_newest", counters.dropped_newest},
                      {"dropped_downstream", counters.dropped - own},
                      {"dropped_by_hand", counters.dropped_by_hand},
                      {"expired", counters.expired},
                      {"damaged", counters.damaged},
                      {"stale_frames", counters.stale_frames},
                      {"damaged_frames", counters.damaged_frames},
                      {"stray_ranges", counters.stray_ranges}};
  return json;
}

Json crash_json(const LastCrash& crash, int64_t uptime_ns) {
  Json json = {{"signal", crash.signal}, {"node", crash.node}, {"plugin", crash.plugin},        {"call", crash.call},
               {"thread", crash.thread}, {"sent_by", nullptr}, {"wall_time_ns", crash.wall_ns}, {"ago_s", nullptr}};
  if (crash.sent_by) { json["sent_by"] = *crash.sent_by; }
  if (crash.ago_s) { json["ago_s"] = seconds(static_cast<int64_t>(*crash.ago_s * one_second_ns) + uptime_ns); }
  return json;
}

}  // namespace

LastCrash last_crash_of(const Json& json) {
  LastCrash crash;
  crash.signal = json.at("signal").get<std::string>();
  crash.node = json.at("node").get<std::string>();
  crash.plugin = json.at("plugin").get<std::string>();
  crash.call = json.at("call").get<std::string>();
  crash.thread = json.at("thread").get<std::string>();
  if (!json.at("sent_by").is_null()) { crash.sent_by = json.at("sent_by").get<int64_t>(); }
  crash.wall_ns = json.at("wall_time_ns").get<int64_t>();
  if (!json.at("ago_s").is_null()) { crash.ago_s = json.at("ago_s").get<double>(); }
  return crash;
}

Json to_json(const RuntimeStatus& status) {
  Json json;
  json["runtime"] = {{"name", status.name},
                     {"version", status.version},
                     {"pid", status.pid},
                     {"uptime_s", seconds(status.uptime_ns)},
                     {"wall_time_ns", status.wall_ns},
                     {"clock_is_set", status.pipeline.clock_is_set},
                     {"queued_bytes", status.pipeline.queued_bytes},
                     {"max_queued_bytes", status.pipeline.max_queued_bytes},
                     {"last_crash", nullptr}};
  if (status.last_crash) { json["runtime"]["last_crash"] = crash_json(*status.last_crash, status.uptime_ns); }
  json["nodes"] = Json::array();
  for (const NodeStatus& node : status.pipeline.nodes) { json["nodes"].push_back(node_json(node)); }
  json["routes"] = Json::array();
  for (const RouteStatus& route : status.pipeline.routes) { json["routes"].push_back(route_json(route)); }
  return json;
}

}  // namespace culvert::control
