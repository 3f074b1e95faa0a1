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

void Swap::prepare() {
  refuse_fixed();
  make_nodes();
  make_routes();
  create_nodes();
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

void Swap::make_nodes() {
  for (const Difference& diff : diff_.nodes) {
    const auto made = std::find_if(fresh_.nodes.begin(), fresh_.nodes.end(),
                                   [&](const CheckedNode& one) { return one.name == diff.name; });
    if (diff.fate == Fate::unchanged || diff.fate == Fate::retuned) {
      if (const std::string why = pipeline_.stale_plugin(*made); !why.empty()) {
        pipeline_.log_.write(LogLevel::warn, "runtime", why + " takes it; until then the node goes on as it is");
      }
      continue;
    }
    NodeChange change{&diff, nullptr, nullptr};
    if (diff.fate != Fate::added) { change.running = &station_of(diff.name); }
    if (diff.fate != Fate::removed) {
      if (const std::string why = pipeline_.stale_plugin(*made); !why.empty()) {
        throw std::runtime_error{why + ", or isolate = true, takes it"};
      }
      change.next = pipeline_.make_station(*made, change.running == nullptr ? nullptr : change.running->ends,
                                           *fresh_.plugins, fresh_.runtime);
    }
    nodes_.push_back(std::move(change));
  }
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

void Swap::create_nodes() {
  for (NodeChange& change : nodes_) {
    if (!change.next) { continue; }
    HostedNode& node = *change.next->node;
    for (const RoutePlan& plan : routes_) {
      const bool leads_here = fresh_.nodes[plan.edge->to].name == change.diff->name;
      if (!leads_here || node.joins_live()) { continue; }
      node.join_route(plan.edge->spec.name, station_of(fresh_.nodes[plan.edge->from].name).fanout(), plan.place, {});
    }
    if (node.create(change.next->made->settings.raw()) || wishes_.is_forced) { continue; }
    throw std::runtime_error{"node '" + change.diff->name + "' could not be created: " + node.status().reason};
  }
}

}  // namespace culvert
