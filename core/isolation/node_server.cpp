// SPDX-License-Identifier: MIT
#include "core/isolation/node_server.hpp"

#include "core/plugin/facts.hpp"
#include "core/plugin/module.hpp"
#include "core/util/clock.hpp"
#include "core/util/words.hpp"

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <utility>

namespace culvert::isolation {
namespace {

// The runtime takes no word of more than 64 KiB.
constexpr std::size_t max_line_bytes = 16 << 10;
// How often the runtime hears of this node when nothing happens, and how often it is looked at when somebody waits.
constexpr int64_t heartbeat_ns = one_second_ns;
constexpr int64_t glance_ns = 20 * one_ms_ns;
constexpr int64_t ending_glance_ns = 2 * one_ms_ns;
// What the runtime has ended before it says 'stop' is on its way over another socket.
constexpr int64_t last_ends_ns = 500 * one_ms_ns;
// So long what was emitted may take to the runtime once the plugin has stopped.
constexpr int64_t last_drain_ns = one_second_ns;

/// The plugin `id` in that file: its facts and the text that they were read from.
std::pair<plugin::Facts, std::string> facts_of(const std::string& file, const std::string& id) {
  for (std::string& text : plugin::read_facts_notes(file)) {
    config::Problems problems;
    auto facts = plugin::parse_facts(text, file, problems);
    if (facts && facts->id == id) { return {*std::move(facts), std::move(text)}; }
  }
  throw std::runtime_error{"'" + file + "' holds no plugin '" + id + "' any more"};
}

}  // namespace

NodeServer::NodeServer(Descriptor control)
    : line_{std::move(control), [this] { doorbell_.ring(); }, SocketPair::Descriptors::taken},
      log_{[this](LogKind kind, std::string_view, std::string_view line) {
        const bool is_sent = line_.send({{"log", log_word(kind, line.substr(0, max_line_bytes))}});
        if (!is_sent) { ++lost_lines_; }
      }} {}

bool NodeServer::run() {
  while (!has_ended_) {
    doorbell_.wait_until(is_pressing_ ? monotonic_ns() + glance_ns : told_ns_ + heartbeat_ns);
    for (auto order = line_.take(); order && !has_ended_; order = line_.take()) {
      if (!obey(*std::move(order))) { return false; }
    }
    clock_.look(monotonic_ns());
    if (node_) {
      watch_call();
      report();
    }
  }
  return true;
}

bool NodeServer::obey(Word order) try {
  if (!order.said.is_object() || order.said.size() != 1) { return false; }
  const std::string what = order.said.begin().key();
  const Json& content = order.said.begin().value();
  if (what == "clock") {
    clock_.hurry();
  } else if (what == "create") {
    create(node_order(content));
  } else if (what == "bye") {
    has_ended_ = true;
  } else {
    return node_ && tell_node(what, content, std::move(order.socket));
  }
  return true;
} catch (const Json::exception&) { return false; }

bool NodeServer::tell_node(const std::string& what, const Json& content, Descriptor socket) {
  if (what == "open") {
    return open(channel_order(content), std::move(socket));
  } else if (what == "start") {
    node_->start();
  } else if (what == "quiesce") {
    node_->quiesce();
    is_pressing_ = true;
  } else if (what == "look") {
    report();
    send("looked", content);
  } else if (what == "log_level") {
    node_->set_log_level(static_cast<LogLevel>(std::clamp(content.get<int>(), 0, 3)));
  } else if (what == "hurry") {
    node_->fanout().hurry();
  } else if (what == "stop") {
    stop(content.get<uint64_t>());
  } else {
    return false;
  }
  return true;
}

void NodeServer::create(const NodeOrder& order) try {
  const auto [facts, text] = facts_of(order.file, order.names.plugin);
  descriptor_ = plugin::filled_up(*plugin::load_descriptor(order.file, facts, text));
  for (const NodeOrder::Setting& setting : order.settings) { settings_.set(setting.key, setting.value, setting.given); }
  NodeSpec spec;
  spec.names = order.names;
  spec.timing = {&clock_, order.corrects_times};
  spec.descriptor = &descriptor_;
  spec.is_transform = order.is_transform;
  spec.is_source = order.is_source;
  // The runtime starts another process instead, and says so.
  spec.on_failure = OnFailure::ignore;
  spec.says_plan = false;
  call_watch_.emplace(order.hang_timeout_ns);
  is_pressing_ = order.names.run_mode == CULVERT_RUN_ONCE;
  // No number that tells one child's messages from another's is needed: each channel is used by one.
  constexpr uint64_t run_id = 1;
  budget_.emplace(order.window_bytes);
  node_ = std::make_unique<NodeThread>(std::move(spec), run_id, *budget_, log_, [this] { doorbell_.ring(); });
  RouteSpec out;
  out.name = order.names.node;
  out.marks_unfollowed = true;
  out.limits.max_messages = order.window_messages;
  out.limits.max_bytes = order.window_bytes;
  node_->fanout().add(std::move(out));
  for (const std::string& route : order.routes) { inboxes_.push_back(&node_->add_inbox(route)); }
  send("begun", true);
  if (node_->create(settings_.raw())) { return send("created", true); }
  refuse(node_->status().reason);
} catch (const std::runtime_error& error) {
  log_.write(LogEvent::node_failed, order.names.node, error.what());
  refuse(error.what());
}

// It has been logged.
void NodeServer::refuse(std::string why) {
  why.resize(std::min(why.size(), HostTable::max_word_bytes));
  send("refused", why.empty() ? "the plugin could not be created" : std::move(why));
}

bool NodeServer::open(const ChannelOrder& order, Descriptor socket) {
  if (!socket || (order.route && *order.route >= inboxes_.size())) { return false; }
  if (order.route) {
    inboxes_[*order.route]->open(std::move(socket), order.epoch);
  } else {
    node_->fanout().open(0, std::move(socket), order.epoch);
  }
  return true;
}

// What has ended is told over the channel of the messages, which this order may have overtaken: a plugin is told of all
// that before it stops. And the runtime places what was emitted before this node is gone.
void NodeServer::stop(uint64_t ended) {
  const auto wait_while = [this](int64_t limit_ns, const std::function<bool()>& is_busy) {
    const int64_t deadline_ns = monotonic_ns() + limit_ns;
    while (is_busy() && monotonic_ns() < deadline_ns) { doorbell_.wait_until(monotonic_ns() + ending_glance_ns); }
  };
  wait_while(last_ends_ns, [&] { return node_->fanout().ended(0) < ended; });
  node_->stop();
  node_->join();
  wait_while(last_drain_ns, [&] { return node_->fanout().unsettled() > 0; });
  has_stopped_ = true;
  report();
  say_lost_lines();
  send("stopped", true);
}

void NodeServer::watch_call() {
  CallWatch::Call call;
  const CallWatch::News news = call_watch_->look(node_->call_mark().look(), monotonic_ns(), call);
  if (news == CallWatch::News::stuck) { send("stuck", call.name); }
}

void NodeServer::report() {
  NodeReport report;
  // In this order: what a source that is done or quiet has emitted is in the count.
  report.is_done = node_->is_done();
  report.is_quiet = node_->is_quiet();
  report.status = node_->status();
  report.emitted = report.status.emitted.emitted;
  report.unsettled = node_->fanout().unsettled();
  report.activity_ns = node_->last_activity_ns();
  Json told = to_json(report);
  const int64_t now_ns = monotonic_ns();
  if (told == told_ && now_ns < told_ns_ + heartbeat_ns) { return; }
  told_ns_ = now_ns;
  told_ = told;
  say_lost_lines();
  send("report", std::move(told));
}

void NodeServer::say_lost_lines() {
  uint64_t lost = lost_said_.count(monotonic_ns(), lost_lines_.exchange(0));
  if (has_stopped_) { lost += lost_said_.rest(); }
  if (lost == 0) { return; }
  const std::string line = "wrote " + counted(lost, "line") + " more than could be passed on";
  send("log", log_word(LogEvent::node_lines_lost, line));
}

void NodeServer::send(const char* what, Json content) {
  Json message = Json::object();
  message[what] = std::move(content);
  while (!line_.send(message) && !line_.has_ended()) { doorbell_.wait_until(monotonic_ns() + glance_ns); }
}

}  // namespace culvert::isolation
