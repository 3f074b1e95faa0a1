// SPDX-License-Identifier: MIT
#include "core/runtime/runtime.hpp"

#include "core/runtime/status_line.hpp"
#include "core/util/clock.hpp"
#include "core/util/memory.hpp"
#include "core/util/words.hpp"

#include <algorithm>
#include <csignal>

namespace culvert {
namespace {

constexpr std::string_view subject = "runtime";
constexpr int64_t drain_ns = 5 * one_second_ns / 2;
// The end comes so long after the signal, whatever processes of nodes do. Their own ends and those of journals take the
// rest of it.
constexpr int64_t end_ns = 5 * one_second_ns;
constexpr int64_t stop_ns = end_ns - 100 * one_ms_ns;
// While somebody waits for an end that no event announces.
constexpr int64_t glance_ns = 10 * one_ms_ns;
// So long the sources wait at the start for connectors to get through.
constexpr int64_t link_grace_ns = one_second_ns;
constexpr int64_t housekeeping_ns = one_second_ns;

}  // namespace

Runtime::Runtime(Pipeline& pipeline, Wakeup& wakeup, ServiceManager& manager, CrashFile& crashes, const Log& log,
                 const RunOptions& options, Reloader* reloader)
    : pipeline_{pipeline},
      wakeup_{wakeup},
      manager_{manager},
      crashes_{crashes},
      log_{log},
      options_{options},
      reloader_{reloader} {}

RunResult Runtime::run() {
  bool goes_on = true;
  if (!pipeline_.start([&](int64_t ns) { return goes_on = pause(ns); }) && goes_on) {
    pipeline_.stop();
    return RunResult::failed;
  }
  goes_on = goes_on && await_links();
  if (goes_on) {
    pipeline_.start_sources();
    crashes_.forget_last();
    manager_.ready();
    tell_manager(monotonic_ns());
    // Reading the configuration and the plugins' facts has taken more than running needs.
    give_back_free_memory();
  }
  const Wait end = goes_on ? wait_for_end() : Wait::signalled;
  if (end == Wait::failed) {
    const HostedNode* node = pipeline_.fatal();
    log_.write(
        LogEvent::runtime_ending, subject,
        node != nullptr ? "node '" + node->name() + "' failed, ending" : "no node is left that takes messages, ending");
  } else if (end == Wait::timed_out) {
    log_.write(LogEvent::runtime_not_settled, subject, "not everything was settled in time, ending");
  }
  wakeup_.end_at_next_signal();
  if (end == Wait::signalled) {
    log_.write(LogEvent::runtime_stopping, subject, "stopping, a second signal ends it at once");
  }
  shut_down();
  say_end();
  if (end == Wait::timed_out) { return RunResult::not_settled; }
  return end == Wait::failed ? RunResult::failed : RunResult::done;
}

// Readings that begin before the broker is reached would leave in a bunch. False when a signal came.
bool Runtime::await_links() {
  log_.write(LogEvent::runtime_running, subject, "running " + counted(pipeline_.nodes().size(), "node"));
  const int64_t deadline_ns = monotonic_ns() + link_grace_ns;
  while (!pipeline_.is_linked() && monotonic_ns() < deadline_ns) {
    if (!pause(glance_ns)) { return false; }
    pipeline_.watch_calls(monotonic_ns());
  }
  return true;
}

Runtime::Wait Runtime::wait_for_end() {
  const int64_t start_ns = monotonic_ns();
  for (;;) {
    if (!pause(wait_ns())) { return Wait::signalled; }
    const int64_t now_ns = monotonic_ns();
    pipeline_.say_losses(now_ns);
    pipeline_.watch_clock(now_ns);
    pipeline_.watch_calls(now_ns);
    log_.tell_repeats();
    tell_manager(now_ns);
    if (!reload(now_ns)) { return Wait::signalled; }
    if (is_failed()) { return Wait::failed; }
    if (!options_.once) { continue; }
    if (once_is_done(now_ns)) { return Wait::done; }
    if (options_.timeout_ns > 0 && now_ns - start_ns >= options_.timeout_ns) { return Wait::timed_out; }
  }
}

bool Runtime::pause(int64_t ns) {
  const int signal = wakeup_.wait(ns);
  if (signal != SIGHUP || reloader_ == nullptr || wakeup_.has_lost_terminal()) { return signal == 0; }
  reloader_->on_signal();
  return true;
}

bool Runtime::reload(int64_t now_ns) {
  if (reloader_ == nullptr) { return true; }
  return reloader_->turn(now_ns, [this](int64_t ns) {
    const bool goes_on = pause(ns);
    tell_manager(monotonic_ns());
    return goes_on;
  });
}

// While a configuration is on trial it is the one to go, and not the runtime.
bool Runtime::is_failed() const {
  if (reloader_ != nullptr && reloader_->is_on_trial()) { return false; }
  return !pipeline_.has_sink() || pipeline_.fatal() != nullptr;
}

int64_t Runtime::wait_ns() const {
  if (options_.once || (reloader_ != nullptr && reloader_->is_on_trial())) { return glance_ns; }
  const int64_t due_ns = manager_.due_ns();
  return due_ns == INT64_MAX ? housekeeping_ns : std::clamp(due_ns - monotonic_ns(), int64_t{0}, housekeeping_ns);
}

// Before each of these the loop has taken the guard of each node in turn: a thread that kept one for ever would keep
// this one from telling the watchdog.
void Runtime::tell_manager(int64_t now_ns) {
  if (manager_.wants_status(now_ns)) {
    std::vector<std::pair<std::string, NodeState>> nodes;
    for (const HostedNode* node : pipeline_.nodes()) { nodes.emplace_back(node->name(), node->state()); }
    manager_.set_status(status_line(nodes, pipeline_.queued()));
  }
  manager_.turn(now_ns);
}

bool Runtime::once_is_done(int64_t now_ns) {
  // Nothing more comes that a batch could wait for.
  if (!hurried_ && pipeline_.is_through()) {
    hurried_ = true;
    pipeline_.hurry();
  }
  if (!pipeline_.is_done()) {
    idle_since_ns_ = INT64_MAX;
    return false;
  }
  // A connector has no end of its own: from the moment its way is there, something may come in.
  idle_since_ns_ = std::max(std::min(idle_since_ns_, now_ns), pipeline_.last_activity_ns());
  return now_ns - idle_since_ns_ >= options_.idle_ns;
}

void Runtime::shut_down() {
  manager_.stopping(end_ns);
  manager_.turn(monotonic_ns());
  const int64_t begun_ns = monotonic_ns();
  const auto pause = [this](int64_t ns) {
    wakeup_.wait(ns);
    manager_.turn(monotonic_ns());
    return true;
  };
  pipeline_.quiesce();
  // In this order: what is emitted before all are at rest is counted.
  while ((!pipeline_.is_at_rest() || pipeline_.movable() > 0) && monotonic_ns() < begun_ns + drain_ns) {
    pause(glance_ns);
  }
  pipeline_.stop_by(begun_ns + stop_ns, pause);
}

void Runtime::say_end() const {
  const PipelineCounters counters = pipeline_.counters();
  std::string line = "stopped: " + counted(counters.delivered, "message") + " delivered";
  if (counters.dropped > 0) { line += ", " + std::to_string(counters.dropped) + " dropped by a full route"; }
  if (counters.by_hand > 0) { line += ", " + std::to_string(counters.by_hand) + " dropped by hand"; }
  if (counters.expired > 0) { line += ", " + std::to_string(counters.expired) + " older than their 'ttl'"; }
  if (counters.damaged > 0) { line += ", " + std::to_string(counters.damaged) + " lost on disk"; }
  if (counters.rejected > 0) { line += ", " + std::to_string(counters.rejected) + " rejected"; }
  if (counters.unrouted > 0) { line += ", " + std::to_string(counters.unrouted) + " matched no route"; }
  const std::size_t kept = pipeline_.journalled(), left = pipeline_.queued() - kept;
  if (kept > 0) { line += ", " + std::to_string(kept) + " kept in journals for the next start"; }
  if (left > 0) { line += ", " + std::to_string(left) + " not delivered"; }
  // Before the line that is the last of a run.
  log_.tell_all_repeats();
  log_.write({LogEvent::runtime_stopped, left > 0 ? LogLevel::warn : LogLevel::info}, subject, line);
}

}  // namespace culvert
