// SPDX-License-Identifier: MIT
#include "core/isolation/words.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace culvert::isolation {
namespace {

constexpr std::array<std::string_view, 3> link_names{"down", "connecting", "up"};

// A name of ours that lives as long as the program.
std::string_view link_state(const std::string& said) {
  const auto found = std::find(link_names.begin(), link_names.end(), said);
  return found == link_names.end() ? link_names.front() : *found;
}

}  // namespace

Json to_json(const NodeOrder& order) {
  Json settings = Json::array();
  for (const auto& setting : order.settings) { settings.push_back({setting.key, setting.value, setting.given}); }
  return {{"node", order.names.node},
          {"runtime", order.names.runtime},
          {"state_dir", order.names.state_dir},
          {"topic", order.names.topic},
          {"log_level", static_cast<int>(order.names.log_level)},
          {"run_mode", order.names.run_mode},
          {"corrects_times", order.corrects_times},
          {"file", order.file},
          {"plugin", order.names.plugin},
          {"is_transform", order.is_transform},
          {"is_source", order.is_source},
          {"hang_timeout_ns", order.hang_timeout_ns},
          {"settings", std::move(settings)},
          {"routes", order.routes},
          {"window_messages", order.window_messages},
          {"window_bytes", order.window_bytes}};
}

NodeOrder node_order(const Json& json) {
  NodeOrder order;
  order.names.node = json.at("node");
  order.names.runtime = json.at("runtime");
  order.names.state_dir = json.at("state_dir");
  order.names.topic = json.at("topic");
  order.names.log_level = static_cast<LogLevel>(json.at("log_level").get<int>());
  order.names.run_mode = json.at("run_mode");
  order.corrects_times = json.at("corrects_times");
  order.file = json.at("file");
  order.names.plugin = json.at("plugin");
  order.is_transform = json.at("is_transform");
  order.is_source = json.at("is_source");
  order.hang_timeout_ns = json.at("hang_timeout_ns");
  for (const Json& setting : json.at("settings")) {
    order.settings.push_back({setting.at(0), setting.at(1), setting.at(2)});
  }
  order.routes = json.at("routes");
  order.window_messages = json.at("window_messages");
  order.window_bytes = json.at("window_bytes");
  return order;
}

Json to_json(const ChannelOrder& order) {
  Json json{{"epoch", order.epoch}};
  if (order.route) { json["route"] = *order.route; }
  return json;
}

ChannelOrder channel_order(const Json& json) {
  ChannelOrder order;
  order.epoch = json.at("epoch");
  if (const auto route = json.find("route"); route != json.end()) { order.route = route->get<std::size_t>(); }
  return order;
}

Json to_json(const NodeReport& report) {
  const NodeStatus& status = report.status;
  Json own = Json::array();
  for (const NamedCount& count : status.own) { own.push_back({count.name, count.value}); }
  Json json{{"state", static_cast<int>(status.state)},
            {"reason", status.reason},
            {"received", status.received},
            {"rejected", status.rejected},
            {"refused", status.refused},
            {"stale_completions", status.stale_completions},
            {"own", std::move(own)},
            {"is_done", report.is_done},
            {"emitted", report.emitted},
            {"unsettled", report.unsettled},
            {"activity_ns", report.activity_ns}};
  if (status.link) { json["link"] = {std::string{status.link->state}, status.link->detail}; }
  return json;
}

NodeReport node_report(const Json& json) {
  NodeReport report;
  NodeStatus& status = report.status;
  status.state =
      static_cast<NodeState>(std::clamp(json.at("state").get<int>(), 0, static_cast<int>(NodeState::failed)));
  status.reason = json.at("reason").get<std::string>().substr(0, HostTable::max_word_bytes);
  status.received = json.at("received");
  status.rejected = json.at("rejected");
  status.refused = json.at("refused");
  status.stale_completions = json.at("stale_completions");
  for (const Json& count : json.at("own")) { status.own.push_back({count.at(0), count.at(1)}); }
  if (const auto link = json.find("link"); link != json.end()) { status.link = {link_state(link->at(0)), link->at(1)}; }
  report.is_done = json.at("is_done");
  report.emitted = json.at("emitted");
  report.unsettled = json.at("unsettled");
  report.activity_ns = json.at("activity_ns");
  return report;
}

}  // namespace culvert::isolation
