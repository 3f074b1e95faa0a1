// SPDX-License-Identifier: MIT
/// All nodes and routes of one configuration, built and at work. Main thread.
#pragma once

#include "core/channel/budget.hpp"
#include "core/journal/folder.hpp"
#include "core/node/durable_route.hpp"
#include "core/node/node_thread.hpp"
#include "core/plugin/registry.hpp"
#include "core/runtime/check.hpp"
#include "core/runtime/isolated_nodes.hpp"
#include "core/util/clock_watch.hpp"
#include "core/util/log.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

namespace culvert {

/// What a pipeline holds and has done, added up over its routes.
struct PipelineCounters {
  uint64_t placed = 0, delivered = 0, dropped = 0, rejected = 0, unrouted = 0;
  uint64_t by_hand = 0;  ///< dropped because somebody said so; like the next not among the dropped
  uint64_t expired = 0;  ///< too old
  uint64_t damaged = 0;  ///< lost on disk
};

class Pipeline {
 public:
  /// Loads the plugins, builds nodes and channels, and opens the journals; opens nothing outside. The state folder is
  /// there and locked. Throws std::runtime_error with one line for people. `on_change` is called on nodes' threads
  /// after each change of state.
  Pipeline(CheckedPipeline checked, plugin::Registry& registry, const Log& log, uint32_t run_mode,
           const std::function<void()>& on_change);
  ~Pipeline();

  /// Calls each plugin's `create`, then starts the nodes that take messages. False when a node could not be created; it
  /// has said why.
  bool start();
  /// Whether the nodes that take messages run, and have their way to the outside.
  bool is_linked() const;
  /// Starts the nodes that only emit; those that have no way of their own to a time wait for the clock to be set, where
  /// they were told to.
  void start_sources();
  /// Looks at the clock while it is not set, says what comes of it, and starts what waits for it.
  void watch_clock(int64_t now_ns);
  /// From now on nothing waits in an open batch for more to travel with.
  void hurry();
  void quiesce();
  /// Ends sources before sinks, so that what they say at the end still has a reader; then the journals, which are whole
  /// after it.
  void stop();

  const std::vector<std::unique_ptr<HostedNode>>& nodes() const noexcept { return nodes_; }
  /// Messages that are not settled, and ends that their nodes have not been told.
  std::size_t unsettled() const;
  /// Messages that are in a queue of some route.
  std::size_t queued() const;
  /// Of these, the ones that the next start finds. Once it has stopped.
  std::size_t journalled() const;
  /// Those that waiting can bring further: their reader is at work, or they are not on disk yet.
  std::size_t movable() const;
  /// Every source has emitted all it will, and every way outside is there.
  bool is_through() const;
  /// It is through, and every message is settled, but for those that wait for a node that is gone.
  bool is_done() const;
  /// Whether a node is left that takes messages. One that is going to be tried again is.
  bool has_sink() const;
  /// A node that has failed, and with it all, as its 'on_failure' says; null: there is none.
  const HostedNode* fatal() const;
  /// Says which nodes do not return from a call into their plugin. About once a second.
  void watch_calls(int64_t now_ns);
  int64_t last_activity_ns() const;
  PipelineCounters counters() const;
  /// May be called on any thread, between the end of the constructor and the begin of the destructor.
  PipelineStatus status() const;
  /// Likewise.
  const std::vector<DurableRoute>& durable_routes() const noexcept { return durable_routes_; }
  uint64_t run_id() const noexcept { return run_id_; }
  /// Tells, at most once per 10 s each, of what routes have dropped by policy, and of what their nodes could not make.
  void say_losses(int64_t now_ns);

 private:
  /// A count that grows, and how much of it was told.
  struct Loss {
    /// "3 messages", those that were not told yet, when it is time to tell; else empty.
    std::string more(uint64_t now_counted, int64_t now_ns);
    uint64_t counted = 0;
    Occasional said;
  };
  struct NodeLosses {
    Loss bad_topics, too_large, cut_properties;
  };
  struct Joint {
    std::size_t from, to, route;  ///< `route`: the index within the outlets of `from`
    Loss drops, expiries;
  };
  void build_nodes(plugin::Registry& registry, uint32_t run_mode, const std::function<void()>& on_change);
  void build_routes();
  std::unique_ptr<journal::Journal> open_journal(const Edge& edge);
  void warn_of_strangers() const;
  void start_nodes(bool sinks);
  bool waits_for_clock(std::size_t index) const;
  std::vector<bool> gone() const;
  void say_clock(int64_t now_ns);

  CheckedPipeline checked_;
  const Log& log_;
  ClockWatch clock_;
  std::atomic<bool> sources_wait_{false};  ///< for the clock
  int64_t clock_said_ns_ = INT64_MIN;
  const uint64_t run_id_;
  Budget budget_;
  std::unique_ptr<journal::Folder> folder_;  ///< when a route is durable
  uint64_t unwritten_ = 0;                   ///< messages that journals could not write at the end
  IsolatedNodes isolated_nodes_{log_};
  std::vector<std::unique_ptr<HostedNode>> nodes_;
  std::vector<bool> takes_;  ///< by node: whether a route leads to it
  std::vector<Joint> joints_;
  std::vector<DurableRoute> durable_routes_;
  std::vector<NodeLosses> losses_;  ///< by node
};

}  // namespace culvert
