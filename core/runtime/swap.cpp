// SPDX-License-Identifier: MIT
// What is made beside the pipeline that runs.
#include "core/runtime/swap.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace culvert {
namespace {

PipelineDiff difference_of(const Pipeline& pipeline, const CheckedPipeline& fresh) {
  PipelineDiff diff = difference(pipeline.checked(), fresh);
  for (const HostedNode* node : pipeline.nodes()) {
    if (node->is_gone()) { renew(diff, node->name(), std::string{had_failed}); }
  }
  return diff;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) { text += (text.empty() ? "'" : ", '") + name + "'"; }
  return text;
}

}  // namespace

Swap::Swap(Pipeline& pipeline, CheckedPipeline fresh, Wishes wishes, Pause pause)
    : pipeline_{pipeline},
      fresh_{std::move(fresh)},
      diff_{difference_of(pipeline, fresh_)},
      wishes_{wishes},
      pause_{std::move(pause)} {}

Swap::~Swap() {
  if (is_done_) { return; }
  release();
  take_settings_back();
  for (RoutePlan& plan : routes_) {
    if (plan.is_added) { station_of(fresh_.nodes[plan.edge->from].name).fanout().remove(plan.place); }
  }
}

std::vector<std::string> Swap::touched() const {
  std::vector<std::string> names;
  for (const Difference& node : diff_.nodes) {
    const bool was_gone = !node.what.empty() && node.what.back() == had_failed;
    if (node.fate != Fate::unchanged && node.fate != Fate::removed && !was_gone) { names.push_back(node.name); }
  }
  return names;
}

void Swap::warn_of_stale_plugins() const {
  for (std::size_t index = 0; index < fresh_.nodes.size(); ++index) {
    const Fate fate = diff_.nodes[index].fate;
    const std::string stale = pipeline_.stale_plugin(fresh_.nodes[index]);
    if (stale.empty() || (fate != Fate::unchanged && fate != Fate::retuned)) { continue; }
    pipeline_.log_.write(LogEvent::reload_old_plugin, "reload",
                         stale + " takes it; until then the node goes on as it is");
  }
}

bool Swap::prepare() {
  refuse_fixed();
  make_nodes();
  make_routes();
  return create_nodes();
}

void Swap::refuse_fixed() const {
  if (diff_.fixed.empty()) { return; }
  throw std::runtime_error{"[runtime] " + listed(diff_.fixed) + " can't change while it runs, restart the runtime"};
}

Swap::NodeChange* Swap::change_of(const std::string& node) {
  const auto found =
      std::find_if(nodes_.begin(), nodes_.end(), [&](const NodeChange& one) { return one.diff->name == node; });
  return found == nodes_.end() ? nullptr : &*found;
}

Station& Swap::station_of(const std::string& node) {
  const auto& stations = pipeline_.stations_;
  const auto found =
      std::find_if(stations.begin(), stations.end(), [&](const auto& one) { return one->made->name == node; });
  return found == stations.end() ? *change_of(node)->next : **found;
}

bool Swap::goes(const Station& station) const {
  return std::any_of(nodes_.begin(), nodes_.end(), [&](const NodeChange& one) { return one.running == &station; });
}

Swap::RoutePlan* Swap::plan_of(const Joint& joint) {
  const auto found = std::find_if(routes_.begin(), routes_.end(),
                                  [&](const RoutePlan& one) { return one.edge->spec.name == joint.name(); });
  return found == routes_.end() ? nullptr : &*found;
}

void Swap::make_nodes() {
  for (const Difference& diff : diff_.nodes) { make_node(diff); }
}

void Swap::make_node(const Difference& diff) {
  NodeChange change{&diff, nullptr, nullptr};
  if (diff.fate == Fate::removed) {
    change.running = &station_of(diff.name);
    nodes_.push_back(std::move(change));
    return;
  }
  const auto made =
      std::find_if(fresh_.nodes.begin(), fresh_.nodes.end(), [&](const auto& one) { return one.name == diff.name; });
  if (diff.fate == Fate::unchanged || diff.fate == Fate::retuned) { return; }
  const std::string stale = pipeline_.stale_plugin(*made);
  if (!stale.empty()) { throw std::runtime_error{stale + ", or isolate = true, takes it"}; }
  if (diff.fate == Fate::changed) { change.running = &station_of(diff.name); }
  change.next = pipeline_.make_station(*made, change.running == nullptr ? nullptr : change.running->ends,
                                       *fresh_.plugins, fresh_.runtime);
  nodes_.push_back(std::move(change));
}

void Swap::make_routes() {
  const auto& joints = pipeline_.joints_;
  for (std::size_t index = 0; index < fresh_.edges.size(); ++index) {
    const Edge& edge = fresh_.edges[index];
    RoutePlan plan{&edge, diff_.routes[index].fate};
    const auto running =
        std::find_if(joints.begin(), joints.end(), [&](const Joint& one) { return one.name() == edge.spec.name; });
    if (running != joints.end()) {
      plan.running = static_cast<std::size_t>(running - joints.begin());
      plan.place = running->route;
      plan.journal = running->journal;
    } else {
      std::unique_ptr<journal::Journal> journal = pipeline_.open_journal(edge);
      plan.journal = journal.get();
      plan.place = station_of(fresh_.nodes[edge.from].name).fanout().add(edge.spec, std::move(journal), true);
      plan.is_added = true;
    }
    routes_.push_back(plan);
  }
}

bool Swap::create_nodes() {
  return std::all_of(nodes_.begin(), nodes_.end(),
                     [this](NodeChange& change) { return !change.next || create(change); });
}

// False when the runtime is to end.
bool Swap::create(NodeChange& change) {
  HostedNode& node = *change.next->node;
  for (const RoutePlan& plan : routes_) {
    const bool leads_here = fresh_.nodes[plan.edge->to].name == change.diff->name;
    if (!leads_here || node.joins_live()) { continue; }
    node.join_route(plan.edge->spec.name, station_of(fresh_.nodes[plan.edge->from].name).fanout(), plan.place, {});
  }
  bool goes_on = true;
  const Pause pause = [&](int64_t ns) { return goes_on = pause_(ns); };
  const bool is_created = node.create(change.next->made->settings.raw(), pause);
  if (!goes_on || is_created || wishes_.is_forced) { return goes_on; }
  throw std::runtime_error{"node '" + change.diff->name + "' could not be created: " + node.status().reason};
}

// Nodes take new settings while they run, or are made anew when they can't. It is the last thing that may fail.
bool Swap::hand_settings() {
  for (const CheckedNode& made : fresh_.nodes) {
    Station& station = station_of(made.name);
    if (change_of(made.name) != nullptr || station.made->settings.differences(made.settings).empty()) { continue; }
    auto next = std::make_unique<CheckedNode>(made);
    if (station.node->reconfigure(next->settings.raw())) {
      retuned_.push_back(std::move(next));
      continue;
    }
    renew(diff_, made.name, "it can't take this while it runs");
    make_node(*std::find_if(diff_.nodes.begin(), diff_.nodes.end(),
                            [&](const Difference& one) { return one.name == made.name; }));
    if (!create(nodes_.back())) { return false; }
  }
  return true;
}

void Swap::take_settings_back() {
  for (auto& given : retuned_) {
    Station& station = station_of(given->name);
    if (!station.node->reconfigure(station.made->settings.raw())) {
      // It goes on with what it has taken, which has to stay then.
      std::swap(station.made, given);
    }
  }
}

}  // namespace culvert
