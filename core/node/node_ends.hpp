// SPDX-License-Identifier: MIT
/// Where the routes of one node end: those that leave it and, when it runs in this process, those that lead to it.
/// They outlive the node that works at them: what a reload puts in its place goes on here, with all that waits.
///
/// Made and destroyed by the main thread. `entrances` are the working node's thread's, and the main thread's while none
/// runs; the rest is any thread's.
#pragma once

#include "core/channel/fanout.hpp"
#include "core/channel/inbox.hpp"
#include "core/util/doorbell.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace culvert {

/// A route that leads to the node.
struct Entrance {
  Entrance(std::string name, Doorbell& doorbell) : route{std::move(name)}, inbox{doorbell} {}
  std::string route;  ///< empty: none leads here any more, and the next new one may
  Inbox inbox;
  int64_t blocked_until_ns = 0;
  uint64_t blocked_at_ready = 0;  ///< a later `ready` ends the wait
  int64_t back_off_ns = 0;
};

struct NodeEnds {
  NodeEnds(const std::string& node, const std::string& runtime, uint64_t run_id, Budget& budget)
      : fanout{node, runtime, run_id, budget, doorbell} {}
  NodeEnds(const NodeEnds&) = delete;
  NodeEnds& operator=(const NodeEnds&) = delete;

  /// A new one. Tokens name entrances by their place, and messages by numbers that an inbox never uses twice: so a
  /// place is used again, and never taken away.
  Entrance& enter(const std::string& route) {
    Entrance* place = find({});
    if (place == nullptr) { place = entrances.emplace_back(std::make_unique<Entrance>(route, doorbell)).get(); }
    place->route = route;
    place->blocked_until_ns = place->back_off_ns = 0;
    return *place;
  }
  /// The one of that route, or null.
  Entrance* find(const std::string& route) const {
    const auto found =
        std::find_if(entrances.begin(), entrances.end(), [&](const auto& one) { return one->route == route; });
    return found == entrances.end() ? nullptr : found->get();
  }
  /// No route of that name leads here any more. What is in its inbox is its outlet's to send again.
  void leave(const std::string& route) {
    Entrance* const place = find(route);
    if (place == nullptr) { return; }
    place->inbox.forget();
    place->route.clear();
  }
  /// All of them: the next node does not work in this process.
  void forget_entrances() {
    for (auto& entrance : entrances) {
      entrance->inbox.forget();
      entrance->route.clear();
    }
  }
  /// Whether no route leads here.
  bool is_unfed() const {
    return std::all_of(entrances.begin(), entrances.end(), [](const auto& one) { return one->route.empty(); });
  }

  Doorbell doorbell;
  Fanout fanout;
  std::vector<std::unique_ptr<Entrance>> entrances;
  std::atomic<uint32_t> instances{0};  ///< of plugins that ever worked here: no two have one number
};

}  // namespace culvert
