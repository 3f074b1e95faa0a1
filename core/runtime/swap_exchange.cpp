// SPDX-License-Identifier: MIT
// How what was prepared takes the place of what has come to rest.
#include "core/runtime/swap.hpp"
#include "core/util/words.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace culvert {
namespace {

constexpr int64_t glance_ns = 10 * one_ms_ns;
constexpr std::string_view subject = "runtime";

}  // namespace

bool Swap::exchange() {
  if (!stop_nodes()) { return false; }
  CheckedPipeline before;
  {
    const std::unique_lock lock{pipeline_.structure_};
    is_done_ = true;
    // In this order: a route that goes is left while its reader is still known, and one that stays joined to the next.
    remove_routes();
    put_nodes();
    put_routes();
    pipeline_.list_durable_routes();
    retune_nodes();
    before = std::exchange(pipeline_.checked_, std::move(fresh_));
    pipeline_.budget_.set_limit(static_cast<std::size_t>(pipeline_.checked_.runtime.memory));
  }
  // Plugins are called for it, so that no lock is held, and what they were made from is still there.
  for (NodeChange& change : nodes_) { change.next.reset(); }
  gone_.clear();
  start_nodes();
  return true;
}

// Those that emit first, as at the end of all.
bool Swap::stop_nodes() {
  for (const bool sinks : {false, true}) {
    for (const NodeChange& change : nodes_) {
      if (change.running != nullptr && change.running->takes == sinks) { change.running->node->stop(); }
    }
    for (const NodeChange& change : nodes_) {
      if (change.running == nullptr || change.running->takes != sinks) { continue; }
      while (!change.running->node->has_ended()) {
        if (!pause_(glance_ns)) { return false; }
      }
      change.running->node->join();
    }
  }
  return true;
}

void Swap::remove_routes() {
  for (Joint& joint : pipeline_.joints_) {
    if (plan_of(joint) != nullptr) { continue; }
    std::erase(held_, &joint);
    std::erase(paused_, &joint);
    joint.to->node->leave_route(joint.name());
    const OutletEnd end = joint.from->fanout().remove(joint.route);
    const auto say = [&](uint64_t messages, const char* what) {
      if (messages == 0) { return; }
      pipeline_.log_.write(LogEvent::reload_route_removed, subject,
                           "route '" + joint.name() + "' is removed: " + counted(messages, "message") + what);
    };
    say(end.dropped, " that it held dropped");
    say(end.kept, " kept in its journal, for when it is there again");
    say(end.unwritten, " could not be written to its journal");
  }
}

// A node that is made anew stays at its station, to which routes point.
void Swap::put_nodes() {
  std::vector<std::unique_ptr<Station>> next;
  for (const CheckedNode& made : fresh_.nodes) {
    auto& stations = pipeline_.stations_;
    const auto running = std::find_if(stations.begin(), stations.end(),
                                      [&](const auto& one) { return one && one->made->name == made.name; });
    NodeChange* const change = change_of(made.name);
    if (running == stations.end()) {
      next.push_back(std::move(change->next));
      continue;
    }
    if (change != nullptr) {
      Station& station = **running;
      // What led to a thread of this process does not lead to another process, or the other way.
      if (!change->next->node->joins_live()) { station.ends->forget_entrances(); }
      std::swap(station.node, change->next->node);
      std::swap(station.made, change->next->made);
      station.fanout().take_time();
    } else {
      (*running)->made->facts = made.facts;
    }
    next.push_back(std::move(*running));
  }
  gone_ = std::exchange(pipeline_.stations_, std::move(next));
}

void Swap::put_routes() {
  std::vector<Joint> next;
  for (RoutePlan& plan : routes_) { next.push_back(joint_of(plan)); }
  release();
  pipeline_.joints_ = std::move(next);
  for (auto& station : pipeline_.stations_) { station->takes = false; }
  for (Joint& joint : pipeline_.joints_) { joint.to->takes = true; }
}

Joint Swap::joint_of(RoutePlan& plan) {
  const CheckedNode &from = fresh_.nodes[plan.edge->from], &to = fresh_.nodes[plan.edge->to];
  Joint joint{*plan.edge, &station_of(from.name), &station_of(to.name), plan.place, plan.journal};
  if (plan.running != SIZE_MAX) {
    const Joint& before = pipeline_.joints_[plan.running];
    joint.drops = before.drops;
    joint.expiries = before.expiries;
  }
  Fanout& fanout = joint.from->fanout();
  if (plan.is_added) {
    join(joint);
    fanout.wake(plan.place);
    return joint;
  }
  if (plan.fate == Fate::changed) { refit(plan, joint); }
  if (plan.fate == Fate::retuned) { fanout.change(plan.place, plan.edge->spec); }
  // The end in a thread that goes on stays open.
  const bool is_open = joint.to->node->joins_live() && joint.to->ends->find(joint.name()) != nullptr;
  if (plan.fate == Fate::changed || !is_open) { join(joint); }
  return joint;
}

void Swap::refit(RoutePlan& plan, Joint& joint) {
  Fanout& fanout = joint.from->fanout();
  if (plan.journal != nullptr) { fanout.shelve(plan.place); }
  std::unique_ptr<journal::Journal> journal;
  try {
    journal = pipeline_.open_journal(*plan.edge);
  } catch (const std::exception& error) { troubles_.emplace_back(error.what()); }
  joint.journal = plan.journal = journal.get();
  fanout.refit(plan.place, plan.edge->spec, std::move(journal));
  joint.drops = joint.expiries = {};
}

// One in another process is joined since it was made.
void Swap::join(const Joint& joint) {
  HostedNode& node = *joint.to->node;
  if (!node.joins_live()) { return; }
  std::string why = "its node stands in a call into its plugin";
  try {
    if (node.join_route(joint.name(), joint.from->fanout(), joint.route, pipeline_.next_address())) { return; }
  } catch (const std::exception& error) { why = error.what(); }
  troubles_.push_back("route '" + joint.name() + "' can't be joined to its reader: " + why);
}

// Settings that a node uses stay where they are as long as it does.
void Swap::retune_nodes() {
  for (auto& given : std::exchange(retuned_, {})) {
    Station& station = station_of(given->name);
    station.made = std::move(given);
  }
  for (const CheckedNode& made : fresh_.nodes) {
    Station& station = station_of(made.name);
    station.made->log_level = made.log_level;
    station.node->set_log_level(static_cast<LogLevel>(made.log_level.value_or(fresh_.runtime.log_level)));
  }
}

void Swap::start_nodes() {
  for (const bool sinks : {true, false}) {
    for (auto& station : pipeline_.stations_) {
      const bool is_fresh = change_of(station->made->name) != nullptr;
      if (!is_fresh || station->takes != sinks || pipeline_.waits_for_clock(*station->node)) { continue; }
      try {
        station->node->start();
      } catch (const std::exception& error) {
        troubles_.push_back("node '" + station->made->name + "' can't be started: " + error.what());
      }
    }
  }
}

}  // namespace culvert
