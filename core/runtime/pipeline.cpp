// SPDX-License-Identifier: MIT
#include "core/runtime/pipeline.hpp"

#include "core/util/clock.hpp"

#include <algorithm>
#include <filesystem>
#include <random>
#include <set>

namespace culvert {
namespace {

constexpr std::string_view subject = "runtime";
// While an end is waited for.
constexpr int64_t glance_ns = 10 * one_ms_ns;
// What is kept for sinks: a connector says goodbye within 2 s.
constexpr int64_t sinks_stop_ns = 2100 * one_ms_ns;

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
      run_mode_{run_mode},
      on_change_{on_change},
      budget_{static_cast<std::size_t>(checked_.runtime.memory)} {
  for (const CheckedNode& made : checked_.nodes) {
    stations_.push_back(make_station(made, nullptr, registry, checked_.runtime));
  }
  build_routes();
}

Pipeline::~Pipeline() { stop(); }

std::unique_ptr<Station> Pipeline::make_station(const CheckedNode& made, std::shared_ptr<NodeEnds> ends,
                                                plugin::Registry& registry, const config::Runtime& settings) {
  auto station = std::make_unique<Station>();
  station->made = std::make_unique<CheckedNode>(made);
  if (!ends) { ends = std::make_shared<NodeEnds>(made.name, settings.name, run_id_, budget_); }
  station->ends = ends;
  const std::string* topic = made.settings.find("topic");
  NodeSpec spec;
  spec.names.node = made.name;
  spec.names.runtime = settings.name;
  spec.names.state_dir = settings.state_dir;
  spec.names.topic = topic != nullptr ? *topic : "{runtime}/{node}";
  spec.names.log_level = as_level(made.log_level.value_or(settings.log_level));
  spec.names.run_mode = run_mode_;
  spec.names.plugin = made.facts->id;
  spec.timing = {&clock_, settings.clock == config::ClockUse::correct};
  spec.is_transform = made.facts->roles == plugin::role_transform;
  spec.is_source = made.facts->roles == plugin::role_source;
  spec.on_failure = as_on_failure(made.on_failure, run_mode_);
  spec.hang_timeout_ns = made.hang_timeout_ns;
  if (made.isolate) {
    station->node = isolated_nodes_.make(std::move(spec), made, std::move(ends), next_node_++, run_id_, on_change_);
  } else {
    spec.descriptor = registry.load(made.facts->id).descriptor;
    loaded_.emplace(made.file, made.stamp);
    station->node = std::make_unique<NodeThread>(std::move(spec), std::move(ends), run_id_, log_, on_change_);
  }
  return station;
}

std::string Pipeline::stale_plugin(const CheckedNode& made) const {
  const auto loaded = loaded_.find(made.file);
  if (made.isolate || loaded == loaded_.end() || loaded->second == made.stamp) { return {}; }
  return "node '" + made.name + "': the file of its plugin, '" + made.file +
         "', is another one than the one that runs in this process, and only a restart";
}

std::unique_ptr<journal::Journal> Pipeline::open_journal(const Edge& edge) {
  if (!edge.journal) { return {}; }
  if (!folder_) { folder_ = std::make_unique<journal::Folder>(checked_.runtime.state_dir); }
  const journal::FileOptions options{edge.spec.name, edge.journal->full_sync, edge.journal->max_bytes};
  const auto say = [&log = log_](LogKind kind, const std::string& line) { log.write(kind, "journal", line); };
  auto journal = std::make_unique<journal::Journal>(*folder_, edge.journal->name, options, say);
  if (const uint64_t waiting = journal->contents().messages; waiting > 0) {
    log_.write(LogEvent::journal_waits, subject,
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
        LogEvent::journal_stranger, subject,
        "journal '" + at->path().string() + "' is of no durable route of this pipeline: what is in it stays there");
  }
}

void Pipeline::build_routes() {
  warn_of_strangers();
  for (const Edge& edge : checked_.edges) {
    Station &from = *stations_[edge.from], &to = *stations_[edge.to];
    std::unique_ptr<journal::Journal> journal = open_journal(edge);
    journal::Journal* const kept = journal.get();
    const std::size_t route = from.fanout().add(edge.spec, std::move(journal));
    to.node->join_route(edge.spec.name, from.fanout(), route, next_address());
    to.takes = true;
    joints_.push_back({edge, &from, &to, route, kept});
  }
  list_durable_routes();
}

void Pipeline::list_durable_routes() {
  durable_routes_.clear();
  for (const Joint& joint : joints_) {
    if (joint.journal == nullptr) { continue; }
    durable_routes_.push_back({joint.edge.journal->name, &joint.from->fanout(), joint.route, joint.journal});
  }
}

bool Pipeline::start(const Pause& pause) {
  bool all = true, goes_on = true;
  const Pause noting = [&](int64_t ns) { return goes_on = pause(ns); };
  for (auto& station : stations_) {
    all = station->node->create(station->made->settings.raw(), noting) && all;
    if (!goes_on) { return false; }
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
  for (auto& station : stations_) {
    if (station->takes == sinks && !waits_for_clock(*station->node)) { station->node->start(); }
  }
}

void Pipeline::watch_clock(int64_t now_ns) {
  constexpr int64_t remind_ns = 60 * one_second_ns;
  if (!clock_.look(now_ns)) {
    if (sources_wait_ && now_ns >= clock_said_ns_ + remind_ns) { say_clock(now_ns); }
    return;
  }
  for (auto& station : stations_) { station->node->clock_set(); }
  log_.write(LogEvent::clock_set, subject, "the clock is set");
  if (!sources_wait_) { return; }
  for (auto& station : stations_) {
    if (station->node->is_source()) { station->node->start(); }
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
  log_.write(LogEvent::clock_unset, subject, "the clock of this box is not set: " + std::string{what});
}

bool Pipeline::is_linked() const {
  return std::all_of(stations_.begin(), stations_.end(), [](const auto& station) {
    const NodeState state = station->node->state();
    const bool begins = state == NodeState::created || state == NodeState::starting;
    return !station->takes || (!begins && station->node->is_linked());
  });
}

void Pipeline::hurry() {
  for (auto& station : stations_) { station->node->hurry(); }
}

void Pipeline::quiesce() {
  for (auto& station : stations_) { station->node->quiesce(); }
}

void Pipeline::tell_to_stop(bool sinks) {
  for (auto& station : stations_) {
    if (station->takes != sinks) { continue; }
    // What it has emitted is its routes' from now on, to be kept in journals, or counted as not delivered.
    station->node->keep_all();
    station->node->stop();
  }
}

bool Pipeline::have_ended(bool sinks) const {
  return std::all_of(stations_.begin(), stations_.end(),
                     [&](const auto& station) { return station->takes != sinks || station->node->has_ended(); });
}

void Pipeline::stop_by(int64_t deadline_ns, const Pause& pause) {
  const auto await_end = [&](bool sinks, int64_t until_ns) {
    while (!have_ended(sinks) && monotonic_ns() < until_ns) { pause(glance_ns); }
  };
  for (auto& station : stations_) { station->node->end_by(deadline_ns); }
  tell_to_stop(false);
  await_end(false, deadline_ns - sinks_stop_ns);
  // What one in another process has sent before its end is placed by then.
  for (auto& station : stations_) {
    if (!station->takes && station->node->has_ended()) { station->node->join(); }
  }
  tell_to_stop(true);
  for (const bool sinks : {false, true}) { await_end(sinks, deadline_ns); }
  stop();
}

void Pipeline::stop() {
  for (const bool sinks : {false, true}) {
    tell_to_stop(sinks);
    for (auto& station : stations_) {
      if (station->takes == sinks) { station->node->join(); }
    }
  }
  for (auto& station : stations_) { unwritten_ += station->fanout().finish(); }
}

}  // namespace culvert
