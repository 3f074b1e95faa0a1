// SPDX-License-Identifier: MIT
// How what has to go comes to rest.
#include "core/runtime/swap.hpp"
#include "core/util/words.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace culvert {
namespace {

constexpr std::string_view subject = "reload";
constexpr int64_t glance_ns = 10 * one_ms_ns;
constexpr std::string_view patience = "2.5 s";
static_assert(Swap::drain_ns == 2'500 * one_ms_ns);

/// Messages that it has emitted and waits for.
std::size_t unfinished(const Station& station) { return station.fanout().followed() + station.node->on_the_way(); }

bool is_busy(const Joint& joint) { return joint.unsettled() > 0 && joint.to->node->can_take(); }

}  // namespace

bool Swap::drain() { return drain_routes() && hand_settings() && await_tokens() && await_readers(); }

bool Swap::wait_while(const std::function<bool()>& is_busy, int64_t deadline_ns) {
  while (is_busy() && monotonic_ns() < deadline_ns) {
    if (!pause_(glance_ns)) { return false; }
  }
  return true;
}

// Routes that go, or lose their journal.
std::vector<Joint*> Swap::closing() {
  std::vector<Joint*> routes;
  for (Joint& joint : pipeline_.joints_) {
    const RoutePlan* const plan = plan_of(joint);
    const bool loses = plan != nullptr && joint.journal != nullptr && !plan->edge->journal;
    if (plan == nullptr || loses) { routes.push_back(&joint); }
  }
  return routes;
}

// A route that goes takes nothing new from the moment on when all that leads to its writer by such routes is through:
// what a transform makes of that has to find its way.
bool Swap::drain_routes() {
  const std::vector<Joint*> routes = closing();
  if (routes.empty()) { return true; }
  const int64_t deadline_ns = monotonic_ns() + drain_ns;
  const auto is_held = [&](Joint* one) { return std::find(held_.begin(), held_.end(), one) != held_.end(); };
  const auto hold_more = [&] {
    for (Joint* joint : routes) {
      const bool is_fed = joint->from->node->is_transform() &&
                          std::any_of(routes.begin(), routes.end(),
                                      [&](const Joint* other) { return other->to == joint->from && is_busy(*other); });
      if (is_held(joint) || is_fed) { continue; }
      held_.push_back(joint);
      joint->from->node->fanout().hold(joint->route, true);
    }
    return std::any_of(routes.begin(), routes.end(), [](const Joint* joint) { return is_busy(*joint); });
  };
  if (!wait_while(hold_more, deadline_ns)) { return false; }
  check_left(routes);
  return true;
}

void Swap::check_left(const std::vector<Joint*>& routes) {
  for (const Joint* joint : routes) {
    const std::size_t left = joint->unsettled();
    const bool drops = joint->from->fanout().spec(joint->route).limits.when_full != WhenFull::block;
    const bool is_kept = joint->journal != nullptr;
    const bool is_removed = plan_of(*joint) == nullptr;
    if (left == 0 || wishes_.is_forced || (is_removed && (is_kept || drops || wishes_.drops_removed))) { continue; }
    throw std::runtime_error{
        "route '" + joint->name() + "' still holds " + counted(left, "message") +
        (is_removed ? ", which its reader does not take: 'culvert reload --drop-removed' drops them"
                    : " in its journal, which 'durable' = false would leave behind: wait until they are through, or "
                      "drop them with 'culvert journal drop'")};
  }
}

// What nodes that go have taken over from outside is acknowledged there, as far as it can be.
bool Swap::await_tokens() {
  for (NodeChange& change : nodes_) {
    if (change.running == nullptr) { continue; }
    change.running->node->quiesce();
    change.running->node->keep_all();
  }
  const auto waits = [](const NodeChange& change) {
    if (change.running == nullptr || change.running->node->is_gone()) { return false; }
    HostedNode& node = *change.running->node;
    return !node.is_at_rest() || change.running->fanout().tokens() + node.untold() > 0;
  };
  const int64_t deadline_ns = monotonic_ns() + drain_ns;
  if (!wait_while([&] { return std::any_of(nodes_.begin(), nodes_.end(), waits); }, deadline_ns)) { return false; }
  if (monotonic_ns() < deadline_ns) { return true; }
  for (const NodeChange& change : nodes_) {
    if (!waits(change)) { continue; }
    const std::size_t left = change.running->node->is_at_rest() ? unfinished(*change.running) : 0;
    if (left > 0) {
      say_late("node '" + change.diff->name + '\'', left, "it has taken in");
    } else {
      pipeline_.log_.write(LogEvent::reload_busy, subject,
                           "node '" + change.diff->name + "' is busy for longer than " + std::string{patience} +
                               ": what it takes in meanwhile may come twice");
    }
  }
  return true;
}

// What readers that go were sent is finished, and nothing follows. A transform first: what it makes has to be taken.
bool Swap::await_readers() {
  std::vector<Joint*> routes;
  for (Joint& joint : pipeline_.joints_) {
    const RoutePlan* const plan = plan_of(joint);
    if (goes(*joint.to) || (plan != nullptr && plan->fate == Fate::changed)) { routes.push_back(&joint); }
  }
  const auto is_in_flight = [](const Joint* one) { return one->to->node->can_take() && one->status().in_flight > 0; };
  const auto pause_more = [&](bool all) {
    for (Joint* joint : routes) {
      const bool is_fed = !all && joint->from->node->is_transform() &&
                          std::any_of(routes.begin(), routes.end(), [&](const Joint* other) {
                            return other->to == joint->from && is_in_flight(other);
                          });
      if (is_fed || std::find(paused_.begin(), paused_.end(), joint) != paused_.end()) { continue; }
      paused_.push_back(joint);
      joint->from->fanout().pause(joint->route, true);
    }
    return std::any_of(routes.begin(), routes.end(), is_in_flight);
  };
  const int64_t deadline_ns = monotonic_ns() + drain_ns;
  const bool goes_on = wait_while([&] { return pause_more(false); }, deadline_ns);
  pause_more(true);
  if (!goes_on || monotonic_ns() < deadline_ns) { return goes_on; }
  for (const Joint* joint : routes) {
    const std::size_t left = is_in_flight(joint) ? joint->status().in_flight : 0;
    if (left > 0) { say_late("route '" + joint->name() + '\'', left, "its reader was sent"); }
  }
  return true;
}

void Swap::say_late(const std::string& where, std::size_t messages, const char* how) const {
  pipeline_.log_.write(LogEvent::reload_unfinished, subject,
                       where + ": " + counted(messages, "message") + " that " + how + " did not end within " +
                           std::string{patience} + ", and may come twice");
}

void Swap::release() {
  for (Joint* joint : std::exchange(held_, {})) { joint->from->fanout().hold(joint->route, false); }
  for (Joint* joint : std::exchange(paused_, {})) { joint->from->fanout().pause(joint->route, false); }
}

}  // namespace culvert
