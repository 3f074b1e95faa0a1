// SPDX-License-Identifier: MIT
#include "core/isolation/words.hpp"

#include "core/message/topic.hpp"
#include "core/node/own_counts.hpp"
#include "core/util/clock.hpp"

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

[[noreturn]] void refuse(const char* why) {
  constexpr int other_error = 501;
  throw Json::other_error::create(other_error, why, static_cast<const Json*>(nullptr));
}

// Json turns any number into any other without a word.
int64_t integer(const Json& json) {
  if (!json.is_number_integer()) { refuse("no whole number"); }
  const bool is_large = json.is_number_unsigned() && json.get<uint64_t>() > uint64_t{INT64_MAX};
  return is_large ? INT64_MAX : json.get<int64_t>();
}

uint64_t count(const Json& json) {
  if (json.is_number_unsigned()) { return json.get<uint64_t>(); }
  const int64_t number = integer(json);
  if (number < 0) { refuse("a count below 0"); }
  return static_cast<uint64_t>(number);
}

std::vector<NamedCount> own_counts(const Json& json) {
  if (!json.is_array()) { refuse("no list of counts"); }
  std::vector<NamedCount> counts;
  for (const Json& one : json) {
    if (counts.size() == CULVERT_MAX_COUNTERS) { break; }
    NamedCount read{one.at(0).get<std::string>(), count(one.at(1))};
    if (is_counter_name(read.name)) { counts.push_back(std::move(read)); }
  }
  return counts;
}

}  // namespace

std::string clipped(const Json& json, std::size_t max_bytes) {
  std::string text = json.get<std::string>();
  if (text.size() > max_bytes) {
    // Not within a character.
    while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xc0U) == 0x80U) { --max_bytes; }
    text.resize(max_bytes);
  }
  if (is_utf8(text)) { return text; }
  std::replace_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0x80U) != 0; }, '?');
  return text;
}

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
  order.names.log_level = static_cast<LogLevel>(std::clamp<int64_t>(integer(json.at("log_level")), 0, 3));
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
  order.epoch = count(json.at("epoch"));
  if (const auto route = json.find("route"); route != json.end()) { order.route = count(*route); }
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
            {"is_quiet", report.is_quiet},
            {"emitted", report.emitted},
            {"unsettled", report.unsettled},
            {"activity_ns", report.activity_ns}};
  if (status.link) { json["link"] = {std::string{status.link->state}, status.link->detail}; }
  return json;
}

NodeReport node_report(const Json& json) {
  NodeReport report;
  NodeStatus& status = report.status;
  constexpr auto last = static_cast<int64_t>(NodeState::failed);
  status.state = static_cast<NodeState>(std::clamp<int64_t>(integer(json.at("state")), 0, last));
  status.reason = clipped(json.at("reason"), HostTable::max_word_bytes);
  status.received = count(json.at("received"));
  status.rejected = count(json.at("rejected"));
  status.refused = count(json.at("refused"));
  status.stale_completions = count(json.at("stale_completions"));
  status.own = own_counts(json.at("own"));
  if (const auto link = json.find("link"); link != json.end()) {
    status.link = {link_state(link->at(0).get<std::string>()), clipped(link->at(1), HostTable::max_word_bytes)};
  }
  report.is_done = json.at("is_done");
  report.is_quiet = json.at("is_quiet");
  report.emitted = count(json.at("emitted"));
  report.unsettled = count(json.at("unsettled"));
  report.activity_ns = std::min(integer(json.at("activity_ns")), monotonic_ns());
  return report;
}

Json log_word(LogKind kind, std::string_view line) {
  return {{"event", facts_of(kind.event).id}, {"level", static_cast<int>(kind.level)}, {"line", line}};
}

LogKind log_kind(const Json& json) {
  constexpr uint64_t last = static_cast<uint64_t>(LogLevel::debug);
  const Json& said = json.at("level");
  const uint64_t level = said.is_number_unsigned() ? std::min(said.get<uint64_t>(), last) : last;
  const std::string id = json.at("event");
  const LogEventFacts* const known = id.starts_with("node.") ? find_log_event(id) : nullptr;
  return {known != nullptr ? known->event : LogEvent::plugin_line, static_cast<LogLevel>(level)};
}

std::string call_name(const Json& json) {
  constexpr std::size_t max_bytes = 64;
  std::string name = clipped(json, max_bytes);
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
  if (std::any_of(name.begin(), name.end(), is_control)) { refuse("the name of a call holds a control character"); }
  return name;
}

}  // namespace culvert::isolation
