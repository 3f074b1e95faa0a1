// SPDX-License-Identifier: MIT
#include "core/runtime/pipeline.hpp"

#include "core/channel/address.hpp"
#include "core/util/clock.hpp"
#include "core/util/words.hpp"

#include <algorithm>
#include <filesystem>
#include <random>
#include <set>

namespace culvert {
namespace {

constexpr std::string_view subject = "runtime";
constexpr std::string_view waiting_reason = "waits until the clock of this box is set";

uint64_t random_run_id() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

LogLevel as_level(config::LogLevel level) { return static_cast<LogLevel>(level); }

/// Who waits for an end, as with `--once`, is better served by an error than by tries that may go on for minutes.
OnFailure as_on_failure(config::OnFailure given, uint32_t run_mode) {
  const bool retries = given == config::OnFailure::retry;
  return retries && run_mode == CULVERT_RUN_ONCE ? OnFailure::fail : static_cast<OnFailure>(given);
}

}  // namespace

Pipeline::Pipeline(CheckedPipeline checked, plugin::Registry& registry, const Log& log, uint32_t run_mode,
                   const std::function<void()>& on_change)
    : checked_{std::move(checked)},
      log_{log},
      run_id_{random_run_id()},
      budget_{static_cast<std::size_t>(checked_.runtime.memory)} {
  build_nodes(registry, run_mode, on_change);
  build_routes();
}

Pipeline::~Pipeline() { stop(); }

void Pipeline::build_nodes(plugin::Registry& registry, uint32_t run_mode, const std::function<void()>& on_change) {
  for (std::size_t index = 0; index < checked_.nodes.size(); ++index) {
    CheckedNode& made = checked_.nodes[index];
    const std::string* topic = made.settings.find("topic");
    NodeSpec spec;
    spec.names.node = made.name;
    spec.names.runtime = checked_.runtime.name;
    spec.names.state_dir = checked_.runtime.state_dir;
    spec.names.topic = topic != nullptr ? *topic : "{runtime}/{node}";
    spec.names.log_level = as_level(made.log_level.value_or(checked_.runtime.log_level));
    spec.names.run_mode = run_mode;
    spec.names.plugin = made.facts->id;
    spec.timing = {&clock_, checked_.runtime.clock == config::ClockUse::correct};
    spec.is_transform = made.facts->roles == plugin::role_transform;
    spec.is_source = made.facts->roles == plugin::role_source;
    spec.on_failure = as_on_failure(made.on_failure, run_mode);
    spec.hang_timeout_ns = made.hang_timeout_ns;
    if (made.isolate) {
      nodes_.push_back(isolated_nodes_.make(std::move(spec), made, index, run_id_, budget_, on_change));
      continue;
    }
    spec.descriptor = registry.load(made.facts->id).descriptor;
    nodes_.push_back(std::make_unique<NodeThread>(std::move(spec), run_id_, budget_, log_, on_change));
  }
}

std::unique_ptr<journal::Journal> Pipeline::open_journal(const Edge& edge) {
  if (!edge.journal) { return {}; }
  if (!folder_) { folder_ = std::make_unique<journal::Folder>(checked_.runtime.state_dir); }
  const journal::FileOptions options{edge.spec.name, edge.journal->full_sync, edge.journal->max_bytes};
  const auto say = [&log = log_](LogLevel level, const std::string& line) { log.write(level, "journal", line); };
  auto journal = std::make_unique<journal::Journal>(*folder_, edge.journal->name, options, say);
  if (const uint64_t waiting = journal->contents().messages; waiting > 0) {
    log_.write(LogLevel::info, subject,
               "route '" + edge.spec.name + "': " + std::to_string(waiting) +
                   (waiting == 1 ? " message waits" : " messages wait") + " in its journal from before");
  }
  return journal;
}

// A route that was removed or renamed leaves its messages behind, which nobody would miss.
void Pipeline::warn_of_strangers() const {
  std::set<std::string> known;
  for (const Edge& edge : checked_.edges) {
    if (edge.journal) { known.insert(edge.journal->name + ".db"); }
  }
  std::error_code failed;
  for (std::filesystem::directory_iterator at{checked_.runtime.state_dir + "/journal", failed}, end;
       !failed && at != end; at.increment(failed)) {
    const std::string name = at->path().filename().string();
    if (!name.ends_with(".db") || known.contains(name)) { continue; }
    log_.write(
        LogLevel::warn, subject,
        "journal '" + at->path().string() + "' is of no durable route of this pipeline: what is in it stays there");
  }
}

void Pipeline::build_routes() {
  warn_of_strangers();
  takes_.resize(nodes_.size());
  losses_.resize(nodes_.size());
  for (const Edge& edge : checked_.edges) {
    Fanout& fanout = nodes_[edge.from]->fanout();
    std::unique_ptr<journal::Journal> journal = open_journal(edge);
    if (journal) { durable_routes_.push_back({edge.journal->name, &fanout, fanout.size(), journal.get()}); }
    const std::size_t route = fanout.add(edge.spec, std::move(journal));
    nodes_[edge.to]->join_route(edge.spec.name, fanout, route, inproc_address(run_id_, joints_.size(), 1));
    takes_[edge.to] = true;
    joints_.push_back({edge.from, edge.to, route, {}, {}});
  }
}

bool Pipeline::start() {
  bool all = true;
  for (std::size_t index = 0; index < nodes_.size(); ++index) {
    all = nodes_[index]->create(checked_.nodes[index].settings.raw()) && all;
  }
  if (!all) { return false; }
  start_nodes(true);
  return true;
}

void Pipeline::start_sources() {
  sources_wait_ = checked_.runtime.clock == config::ClockUse::wait && !clock_.is_set();
  start_nodes(false);
  if (!clock_.is_set()) { say_clock(monotonic_ns()); }
}

void Pipeline::start_nodes(bool sinks) {
  for (std::size_t index = 0; index < nodes_.size(); ++index) {
    if (takes_[index] == sinks && !waits_for_clock(index)) { nodes_[index]->start(); }
  }
}

// A connector may be what brings the time.
bool Pipeline::waits_for_clock(std::size_t index) const { return sources_wait_ && nodes_[index]->is_source(); }

void Pipeline::watch_clock(int64_t now_ns) {
  constexpr int64_t remind_ns = 60 * one_second_ns;
  if (!clock_.look(now_ns)) {
    if (sources_wait_ && now_ns >= clock_said_ns_ + remind_ns) { say_clock(now_ns); }
    return;
  }
  for (auto& node : nodes_) { node->clock_set(); }
  log_.write(LogLevel::info, subject, "the clock is set");
  if (!sources_wait_) { return; }
  for (auto& node : nodes_) {
    if (node->is_source()) { node->start(); }
  }
  sources_wait_ = false;
}

void Pipeline::say_clock(int64_t now_ns) {
  clock_said_ns_ = now_ns;
  std::string_view what;
  switch (checked_.runtime.clock) {
    case config::ClockUse::mark:
      what = "readings are marked until it is";
      break;
    case config::ClockUse::wait:
      what = "sources wait for it";
      break;
    case config::ClockUse::correct:
      what = "readings are marked, and corrected once it is";
      break;
  }
  log_.write(LogLevel::warn, subject, "the clock of this box is not set: " + std::string{what});
}

bool Pipeline::is_linked() const {
  for (std::size_t index = 0; index < nodes_.size(); ++index) {
    const NodeState state = nodes_[index]->state();
    const bool begins = state == NodeState::created || state == NodeState::starting;
    if (takes_[index] && (begins || !nodes_[index]->is_linked())) { return false; }
  }
  return true;
}

void Pipeline::hurry() {
  for (auto& node : nodes_) { node->hurry(); }
}

void Pipeline::quiesce() {
  for (auto& node : nodes_) { node->quiesce(); }
}

void Pipeline::stop() {
  for (const bool sinks : {false, true}) {
    for (std::size_t index = 0; index < nodes_.size(); ++index) {
      if (takes_[index] == sinks) { nodes_[index]->stop(); }
    }
    for (std::size_t index = 0; index < nodes_.size(); ++index) {
      if (takes_[index] == sinks) { nodes_[index]->join(); }
    }
  }
  for (auto& node : nodes_) { unwritten_ += node->fanout().finish(); }
}

std::size_t Pipeline::unsettled() const {
  std::size_t count = 0;
  for (const auto& node : nodes_) { count += node->unsettled(); }
  return count;
}

std::size_t Pipeline::queued() const {
  std::size_t count = 0;
  for (const Joint& joint : joints_) { count += nodes_[joint.from]->fanout().outlet_unsettled(joint.route); }
  return count;
}

std::size_t Pipeline::journalled() const {
  std::size_t count = 0;
  for (const Joint& joint : joints_) {
    const OutletStatus status = nodes_[joint.from]->fanout().outlet_status(joint.route);
    count += status.durable ? status.messages : 0;
  }
  return count - std::min<std::size_t>(count, unwritten_);
}

std::size_t Pipeline::movable() const {
  std::size_t count = 0;
  for (const Joint& joint : joints_) {
    const HostedNode& reader = *nodes_[joint.to];
    const NodeState state = reader.state();
    const bool works = state == NodeState::starting || state == NodeState::running || state == NodeState::degraded ||
                       reader.is_waiting();
    const OutletStatus status = nodes_[joint.from]->fanout().outlet_status(joint.route);
    count += works && reader.is_linked() ? status.messages : status.unwritten;
  }
  for (const auto& node : nodes_) { count += node->on_the_way(); }
  return count;
}

bool Pipeline::is_through() const {
  return std::all_of(nodes_.begin(), nodes_.end(), [](const auto& node) {
    return node->state() != NodeState::created && node->state() != NodeState::starting && node->is_done() &&
           node->is_linked();
  });
}

int64_t Pipeline::last_activity_ns() const {
  int64_t last_ns = 0;
  for (const auto& node : nodes_) { last_ns = std::max(last_ns, node->last_activity_ns()); }
  return last_ns;
}

PipelineCounters Pipeline::counters() const {
  PipelineCounters sum;
  for (const Joint& joint : joints_) {
    const OutletCounters counters = nodes_[joint.from]->fanout().outlet_counters(joint.route);
    sum.placed += counters.placed;
    sum.delivered += counters.delivered;
    sum.dropped += counters.dropped - counters.expired - counters.dropped_by_hand;
    sum.by_hand += counters.dropped_by_hand;
    sum.expired += counters.expired;
    sum.damaged += counters.damaged;
    sum.rejected += counters.rejected;
  }
  for (const auto& node : nodes_) {
    const FanoutCounters counters = node->fanout().counters();
    sum.unrouted += counters.unrouted;
    sum.rejected += counters.bad_topics + counters.too_large;
  }
  return sum;
}

PipelineStatus Pipeline::status() const {
  PipelineStatus status;
  for (std::size_t index = 0; index < nodes_.size(); ++index) {
    NodeStatus& node = status.nodes.emplace_back(nodes_[index]->status());
    node.plugin = checked_.nodes[index].facts->id;
    if (node.state == NodeState::created && waits_for_clock(index)) { node.reason = waiting_reason; }
  }
  status.clock_is_set = clock_.is_set();
  for (const Joint& joint : joints_) {
    Fanout& fanout = nodes_[joint.from]->fanout();
    const RouteSpec& spec = fanout.spec(joint.route);
    status.routes.push_back({spec.name, nodes_[joint.from]->name(), nodes_[joint.to]->name(), spec.required,
                             spec.limits, fanout.outlet_status(joint.route)});
  }
  status.queued_bytes = budget_.used();
  status.max_queued_bytes = budget_.limit();
  return status;
}

void Pipeline::say_losses(int64_t now_ns) {
  for (Joint& joint : joints_) {
    Fanout& fanout = nodes_[joint.from]->fanout();
    const OutletCounters counters = fanout.outlet_counters(joint.route);
    const auto say = [&](Loss& loss, uint64_t counted, std::string_view why) {
      const std::string told = loss.more(counted, now_ns);
      if (told.empty()) { return; }
      log_.write(LogLevel::warn, subject,
                 "route '" + fanout.spec(joint.route).name + "': dropped " + told + ", " + std::string{why});
    };
    say(joint.drops, counters.dropped - counters.expired - counters.dropped_by_hand, "its queue is full");
    say(joint.expiries, counters.expired, "older than its 'ttl'");
  }
  for (std::size_t index = 0; index < nodes_.size(); ++index) {
    HostedNode& node = *nodes_[index];
    const FanoutCounters counters = node.fanout().counters();
    const auto say = [&](Loss& loss, uint64_t counted, std::string_view what, std::string_view why) {
      const std::string told = loss.more(counted, now_ns);
      if (told.empty()) { return; }
      log_.write(LogLevel::warn, subject,
                 "node '" + node.name() + "': " + std::string{what} + " " + told + ", " + std::string{why});
    };
    NodeLosses& losses = losses_[index];
    say(losses.bad_topics, counters.bad_topics, "rejected", node.fanout().bad_topic());
    say(losses.too_large, counters.too_large, "rejected", "a route made more of them than a message may hold");
    say(losses.cut_properties, counters.cut_properties, "cut the properties of",
        "'qos' and 'retain' of a route take two of the 32 that there may be");
  }
}

std::string Pipeline::Loss::more(uint64_t now_counted, int64_t now_ns) {
  const uint64_t fresh = now_counted - std::exchange(counted, now_counted);
  const uint64_t told = fresh == 0 ? 0 : said.count(now_ns, fresh);
  if (told == 0) { return {}; }
  return culvert::counted(told, "message");
}

}  // namespace culvert
