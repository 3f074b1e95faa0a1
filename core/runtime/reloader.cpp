// SPDX-License-Identifier: MIT
#include "core/runtime/reloader.hpp"

#include "core/util/words.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace culvert {
namespace {

constexpr std::string_view subject = "reload";

std::vector<std::string> lines_of(const config::Problems& problems) {
  std::vector<std::string> lines;
  for (const config::Problem& problem : problems.sorted()) { lines.push_back(config::to_string(problem)); }
  return lines;
}

/// "[runtime] memory; nodes 2 changed, 1 new; routes 1 retuned", or "nothing differs".
std::string summary(const PipelineDiff& diff) {
  const auto count = [](const std::vector<Difference>& all, const char* what) {
    std::string text;
    for (const Fate fate : {Fate::retuned, Fate::changed, Fate::added, Fate::removed}) {
      const auto found = std::count_if(all.begin(), all.end(), [&](const auto& one) { return one.fate == fate; });
      if (found == 0) { continue; }
      text +=
          (text.empty() ? std::string{what} + ' ' : ", ") + std::to_string(found) + ' ' + std::string{to_string(fate)};
    }
    return text;
  };
  std::string all;
  const auto add = [&all](const std::string& part) { all += (all.empty() || part.empty() ? "" : "; ") + part; };
  for (const std::string& key : diff.runtime) { add("[runtime] " + key); }
  add(count(diff.nodes, "nodes"));
  add(count(diff.routes, "routes"));
  return all.empty() ? "nothing differs" : all;
}

HostedNode* find(const Pipeline& pipeline, const std::string& name) {
  const std::vector<HostedNode*> nodes = pipeline.nodes();
  const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const auto* one) { return one->name() == name; });
  return found == nodes.end() ? nullptr : *found;
}

}  // namespace

Reloader::Reloader(Pipeline& pipeline, ReloadDesk& desk, ServiceManager& manager, Log& log, Load load)
    : pipeline_{pipeline}, desk_{desk}, manager_{manager}, log_{log}, load_{std::move(load)} {}

bool Reloader::turn(int64_t now_ns, const Pause& pause) {
  if (trial_) { return look(now_ns, pause); }
  if (std::exchange(is_signalled_, false)) {
    try {
      desk_.ask(false);
    } catch (const ReloadDesk::Busy&) {}  // what was asked for at the same time is the same
  }
  const auto request = desk_.take();
  return !request || begin(*request, pause);
}

// At what is on trial.
bool Reloader::look(int64_t now_ns, const Pause& pause) {
  Trial& trial = *trial_;
  const std::string why = trial.trouble.empty() ? failed(trial.nodes) : trial.trouble;
  if (!why.empty()) { return undo(why, pause); }
  if (trial.running_ns == 0) {
    const std::string late = beginning(trial.nodes);
    if (late.empty()) {
      trial.running_ns = now_ns;
    } else if (now_ns - trial.begun_ns >= start_ns) {
      return undo("node '" + late + "' does not come to run within " + std::to_string(start_ns / one_second_ns) + " s",
                  pause);
    }
  } else if (now_ns - trial.running_ns >= trial.window_ns) {
    trial_.reset();
    end(Verdict::done, {});
  }
  return true;
}

bool Reloader::begin(const ReloadDesk::Request& request, const Pause& pause) {
  report_ = {};
  report_.number = request.number;
  enter("checking");
  manager_.reloading(monotonic_ns());
  CheckedPipeline fresh;
  try {
    LoadedFile loaded = load_();
    log_problems(loaded.problems, log_);
    report_.problems = lines_of(loaded.problems);
    if (loaded.problems.has_errors()) {
      end(Verdict::bad_file, "the configuration has errors");
      return true;
    }
    fresh = std::move(loaded.pipeline);
  } catch (const std::exception& error) {
    end(Verdict::refused, error.what());
    return true;
  }
  return swap(std::move(fresh), request.drops_removed, pause);
}

bool Reloader::swap(CheckedPipeline fresh, bool drops_removed, const Pause& pause) {
  CheckedPipeline before = pipeline_.checked();
  const int64_t window_ns = fresh.runtime.health_window_ns;
  const auto level = static_cast<LogLevel>(fresh.runtime.log_level);
  Swap swap{pipeline_, std::move(fresh), {drops_removed, false}, pause};
  report_.diff = swap.diff();
  swap.warn_of_stale_plugins();
  if (swap.diff().is_empty()) {
    end(Verdict::done, {});
    return true;
  }
  log_.write(LogEvent::reload_begun, subject, "begins: " + summary(swap.diff()));
  try {
    enter("preparing");
    if (!swap.prepare()) { return false; }
    enter("draining");
    if (!swap.drain()) { return false; }
  } catch (const std::exception& error) {
    end(Verdict::refused, error.what());
    return true;
  }
  // A node that can't take what it was given is among those that are made anew.
  report_.diff = swap.diff();
  enter("swapping");
  std::vector<Watched> nodes = watched(swap);
  // What it throws ends the runtime: a part of it may be done.
  if (!swap.exchange()) { return false; }
  log_.set_level(level);
  const std::string trouble = swap.troubles().empty() ? std::string{} : swap.troubles().front();
  trial_ = Trial{std::move(before), std::move(nodes), window_ns, monotonic_ns(), 0, trouble};
  enter("watching");
  return true;
}

// What runs in another way, from its start on, and what has been well so far.
std::vector<Reloader::Watched> Reloader::watched(const Swap& swap) const {
  std::vector<Watched> nodes;
  for (std::string& name : swap.touched()) { nodes.push_back({std::move(name), 0}); }
  for (const Difference& node : swap.diff().nodes) {
    if (node.fate != Fate::unchanged && node.fate != Fate::retuned) { continue; }
    HostedNode* const running = find(pipeline_, node.name);
    const NodeStatus status = running->status();
    const bool is_well = !status.last_failure || status.last_failure->ago_ns > RestartPolicy::window_ns;
    std::erase_if(nodes, [&](const Watched& one) { return one.node == node.name; });
    if (is_well) { nodes.push_back({node.name, running->restarts()}); }
  }
  return nodes;
}

std::string Reloader::failed(const std::vector<Watched>& nodes) const {
  for (const Watched& one : nodes) {
    HostedNode* const node = find(pipeline_, one.node);
    if (node == nullptr || (!node->has_failed() && node->restarts() == one.restarts)) { continue; }
    const NodeStatus status = node->status();
    return "node '" + one.node + "' failed: " + (status.last_failure ? status.last_failure->reason : status.reason);
  }
  return {};
}

std::string Reloader::beginning(const std::vector<Watched>& nodes) const {
  for (const Watched& one : nodes) {
    const HostedNode* const node = find(pipeline_, one.node);
    if (node == nullptr || pipeline_.waits_for_clock(*node)) { continue; }
    if (node->state() == NodeState::created || node->state() == NodeState::starting) { return one.node; }
  }
  return {};
}

bool Reloader::undo(const std::string& why, const Pause& pause) {
  CheckedPipeline before = std::move(trial_->before);
  trial_.reset();
  enter("rolling back");
  log_.write(LogEvent::reload_rolling_back, subject, why + "; the configuration of before is put back");
  const auto level = static_cast<LogLevel>(before.runtime.log_level);
  Swap back{pipeline_, std::move(before), {true, true}, pause};
  try {
    if (!back.prepare() || !back.drain()) { return false; }
  } catch (const std::exception& error) {
    end(Verdict::failed, why + "; then " + error.what());
    return true;
  }
  if (!back.exchange()) { return false; }
  log_.set_level(level);
  const bool is_whole = back.troubles().empty();
  end(is_whole ? Verdict::rolled_back : Verdict::failed, is_whole ? why : why + "; then " + back.troubles().front());
  return true;
}

void Reloader::enter(const char* phase) {
  report_.phase = phase;
  desk_.tell(report_);
}

void Reloader::end(Verdict verdict, const std::string& reason) {
  report_.phase = "over";
  report_.verdict = verdict;
  report_.reason = reason;
  desk_.tell(report_);
  manager_.ready();
  LogKind kind = LogEvent::reload_done;
  std::string line;
  switch (verdict) {
    case Verdict::done:
      line = "done: " + summary(report_.diff);
      break;
    case Verdict::bad_file:
    case Verdict::refused:
      kind = LogEvent::reload_refused;
      line = "refused, all is as it was: " + reason;
      break;
    case Verdict::rolled_back:
      kind = LogEvent::reload_rolled_back;
      line = "rolled back: " + reason;
      break;
    case Verdict::failed:
      kind = LogEvent::reload_failed;
      line = "failed, restart the runtime: " + reason;
      break;
  }
  log_.write(kind, subject, line);
}

}  // namespace culvert
