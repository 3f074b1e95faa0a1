// SPDX-License-Identifier: MIT
/// What a node, its routes and a whole pipeline tell of themselves: plain values of one moment. Any thread.
#pragma once

#include "core/channel/fanout.hpp"
#include "core/node/state.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace culvert {

/// A plugin's own counter.
struct NamedCount {
  std::string name;
  uint64_t value = 0;
};

struct LinkStatus {
  std::string_view state;  ///< "down", "connecting" or "up"
  std::string detail;      ///< to whom, or why not
};

/// What an instance of a node has failed of, and when.
struct FailureStatus {
  std::string reason;
  std::vector<std::string> lines;  ///< what the node had logged before
  int64_t ago_ns = 0;
};

struct NodeStatus {
  std::string name, plugin;
  NodeState state = NodeState::created;
  std::string reason;       ///< why it is degraded or failed
  int64_t in_state_ns = 0;  ///< how long it has been in this state
  int64_t uptime_ns = 0;    ///< since it began to run; 0 when it does not
  std::optional<LinkStatus> link;
  FanoutCounters emitted;
  uint64_t received = 0;           ///< messages that its plugin took; one that it gave back counts again
  uint64_t rejected = 0;           ///< of these, what it can never take
  uint64_t refused = 0;            ///< what it emitted and the host refused
  uint64_t stale_completions = 0;  ///< ends of messages that were none of its own
  std::vector<NamedCount> own;
  uint64_t restarts = 0;                      ///< instances that were made after one had failed
  std::optional<FailureStatus> last_failure;  ///< stays, however well it runs since
  std::optional<int64_t> next_try_ns;         ///< in how long; of a node that has failed and waits for it
  bool quarantined = false;                   ///< it has failed too often to be tried again
};

struct RouteStatus {
  std::string name, from, to;
  bool required = true;
  OutletLimits limits;
  OutletStatus outlet;
};

struct PipelineStatus {
  std::vector<NodeStatus> nodes;
  std::vector<RouteStatus> routes;
  std::size_t queued_bytes = 0, max_queued_bytes = 0;  ///< of all routes together
  bool clock_is_set = true;                            ///< of the box
};

}  // namespace culvert
