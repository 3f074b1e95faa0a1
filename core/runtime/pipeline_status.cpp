// SPDX-License-Identifier: MIT
// What a pipeline tells of itself.
#include "core/runtime/pipeline.hpp"

#include <algorithm>

namespace culvert {
namespace {

constexpr std::string_view subject = "runtime";
constexpr std::string_view waiting_reason = "waits until the clock of this box is set";

}  // namespace

std::vector<HostedNode*> Pipeline::nodes() const {
  std::vector<HostedNode*> nodes;
  for (const auto& station : stations_) { nodes.push_back(station->node.get()); }
  return nodes;
}

void Pipeline::with_durable_routes(const std::function<void(const std::vector<DurableRoute>&)>& use) const {
  const std::shared_lock lock{structure_};
  use(durable_routes_);
}

std::size_t Pipeline::unsettled() const {
  std::size_t count = 0;
  for (const auto& station : stations_) { count += station->node->unsettled(); }
  return count;
}

std::size_t Pipeline::queued() const {
  std::size_t count = 0;
  for (const Joint& joint : joints_) { count += joint.unsettled(); }
  return count;
}

std::size_t Pipeline::journalled() const {
  std::size_t count = 0;
  for (const Joint& joint : joints_) {
    const OutletStatus status = joint.status();
    count += status.durable ? status.messages : 0;
  }
  return count - std::min<std::size_t>(count, unwritten_);
}

bool Pipeline::is_at_rest() const {
  return std::all_of(stations_.begin(), stations_.end(), [](const auto& one) { return one->node->is_at_rest(); });
}

std::size_t Pipeline::movable() const {
  std::size_t count = 0;
  for (const Joint& joint : joints_) {
    const OutletStatus status = joint.status();
    count += joint.to->node->can_take() ? status.messages : status.unwritten;
  }
  for (const auto& station : stations_) { count += station->node->on_the_way(); }
  return count;
}

bool Pipeline::is_through() const {
  return std::all_of(stations_.begin(), stations_.end(), [](const auto& station) {
    const HostedNode& node = *station->node;
    return node.state() != NodeState::created && node.state() != NodeState::starting && node.is_done() &&
           node.is_linked();
  });
}

int64_t Pipeline::last_activity_ns() const {
  int64_t last_ns = 0;
  for (const auto& station : stations_) { last_ns = std::max(last_ns, station->node->last_activity_ns()); }
  return last_ns;
}

PipelineCounters Pipeline::counters() const {
  PipelineCounters sum;
  for (const Joint& joint : joints_) {
    const OutletCounters counters = joint.from->fanout().outlet_counters(joint.route);
    sum.placed += counters.placed;
    sum.delivered += counters.delivered;
    sum.dropped += counters.dropped - counters.expired - counters.dropped_by_hand;
    sum.by_hand += counters.dropped_by_hand;
    sum.expired += counters.expired;
    sum.damaged += counters.damaged;
    sum.rejected += counters.rejected;
  }
  for (const auto& station : stations_) {
    const FanoutCounters counters = station->fanout().counters();
    sum.unrouted += counters.unrouted;
    sum.rejected += counters.bad_topics + counters.too_large + counters.half_placed;
  }
  return sum;
}

PipelineStatus Pipeline::status() const {
  const std::shared_lock lock{structure_};
  PipelineStatus status;
  for (const auto& station : stations_) {
    NodeStatus& node = status.nodes.emplace_back(station->node->status());
    node.plugin = station->made->facts->id;
    if (node.state == NodeState::created && waits_for_clock(*station->node)) { node.reason = waiting_reason; }
  }
  status.clock_is_set = clock_.is_set();
  for (const Joint& joint : joints_) {
    Fanout& fanout = joint.from->fanout();
    const RouteSpec& spec = fanout.spec(joint.route);
    status.routes.push_back({spec.name, joint.from->made->name, joint.to->made->name, spec.required, spec.limits,
                             fanout.outlet_status(joint.route)});
  }
  status.queued_bytes = budget_.used();
  status.max_queued_bytes = budget_.limit();
  return status;
}

void Pipeline::say_losses(int64_t now_ns) {
  for (Joint& joint : joints_) {
    Fanout& fanout = joint.from->fanout();
    const OutletCounters counters = fanout.outlet_counters(joint.route);
    const auto say = [&](LogKind kind, Loss& loss, uint64_t counted, std::string_view why) {
      const std::string told = loss.more(counted, now_ns);
      if (told.empty()) { return; }
      log_.write(kind, subject,
                 "route '" + fanout.spec(joint.route).name + "': dropped " + told + ", " + std::string{why});
    };
    say(LogEvent::route_dropped, joint.drops, counters.dropped - counters.expired - counters.dropped_by_hand,
        "its queue is full");
    say(LogEvent::route_expired, joint.expiries, counters.expired, "older than its 'ttl'");
  }
  for (auto& station : stations_) {
    const FanoutCounters counters = station->fanout().counters();
    const auto say = [&](LogKind kind, Loss& loss, uint64_t counted, std::string_view what, std::string_view why) {
      const std::string told = loss.more(counted, now_ns);
      if (told.empty()) { return; }
      log_.write(kind, subject,
                 "node '" + station->made->name + "': " + std::string{what} + " " + told + ", " + std::string{why});
    };
    NodeLosses& losses = station->losses;
    say(LogEvent::node_bad_topics, losses.bad_topics, counters.bad_topics, "rejected", station->fanout().bad_topic());
    say(LogEvent::node_too_large, losses.too_large, counters.too_large, "rejected",
        "a route made more of them than a message may hold");
    say(LogEvent::node_cut_properties, losses.cut_properties, counters.cut_properties, "cut the properties of",
        "'qos' and 'retain' of a route take two of the 32 that there may be");
    say(LogEvent::node_half_placed, losses.half_placed, counters.half_placed, "rejected",
        "there was no memory to place them on all of their routes");
    say(LogEvent::node_damaged, losses.damaged, counters.damaged, "could not read",
        "of those that its process has sent");
  }
}

}  // namespace culvert
