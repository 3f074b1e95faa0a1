// SPDX-License-Identifier: MIT
/// All nodes and routes of one configuration, built and at work. Main thread, but for what says otherwise.
#pragma once

#include "core/channel/address.hpp"
#include "core/channel/budget.hpp"
#include "core/journal/folder.hpp"
#include "core/node/durable_route.hpp"
#include "core/node/node_thread.hpp"
#include "core/plugin/registry.hpp"
#include "core/runtime/check.hpp"
#include "core/runtime/isolated_nodes.hpp"
#include "core/runtime/station.hpp"
#include "core/util/clock_watch.hpp"
#include "core/util/log.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
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
  /// has said why. Or `pause`, with which other processes are waited for, says that the runtime is to end.
  bool start(const Pause& pause);
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
  /// after it. Takes as long as the plugins do.
  void stop();
  /// The same, by that time on the monotonic clock: processes that still run then are killed, and a source that takes
  /// too long keeps no sink from stopping in time. Plugins in this process are waited for all the same. What `pause`
  /// says is of no importance.
  void stop_by(int64_t deadline_ns, const Pause& pause);

  /// In the order of the configuration.
  std::vector<HostedNode*> nodes() const;
  /// What it was built from, or has become since.
  const CheckedPipeline& checked() const noexcept { return checked_; }
  /// Messages that are not settled, and ends that their nodes have not been told.
  std::size_t unsettled() const;
  /// Messages that are in a queue of some route.
  std::size_t queued() const;
  /// Of these, the ones that the next start finds. Once it has stopped.
  std::size_t journalled() const;
  /// Of one that was told to quiesce: no node emits anything of its own any more.
  bool is_at_rest() const;
  /// Those that waiting can bring further: their reader is at work, or they are not on disk yet.
  std::size_t movable() const;
  /// Every source has emitted all it will, and every way outside is there.
  bool is_through() const;
  /// It is through, and every message is settled, but for those that wait for a node that is gone.
  bool is_done() const;
  /// It begins only once the clock of the box is set: not so a connector, which may be what brings the time.
  bool waits_for_clock(const HostedNode& node) const { return sources_wait_ && node.is_source(); }
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
  /// Likewise: calls `use` with all durable routes, which stay for so long.
  void with_durable_routes(const std::function<void(const std::vector<DurableRoute>&)>& use) const;
  uint64_t run_id() const noexcept { return run_id_; }
  /// Tells, at most once per 10 s each, of what routes have dropped by policy, and of what their nodes could not make.
  void say_losses(int64_t now_ns);

 private:
  friend class Swap;  ///< which puts parts of another configuration in place of these

  /// A node of that configuration, at `ends` or at new ones.
  std::unique_ptr<Station> make_station(const CheckedNode& made, std::shared_ptr<NodeEnds> ends,
                                        plugin::Registry& registry, const config::Runtime& settings);
  /// Why the node can't be made in this process: the file of its plugin is not the one any more that runs here. Begins
  /// a sentence that ends in what takes the new one; empty when all is well.
  std::string stale_plugin(const CheckedNode& made) const;
  void build_routes();
  std::string next_address() { return inproc_address(run_id_, next_joint_++, 1); }
  std::unique_ptr<journal::Journal> open_journal(const Edge& edge);
  void warn_of_strangers() const;
  /// After a change of joints.
  void list_durable_routes();
  void start_nodes(bool sinks);
  void tell_to_stop(bool sinks);
  bool have_ended(bool sinks) const;
  std::vector<const Station*> gone() const;
  void say_clock(int64_t now_ns);

  CheckedPipeline checked_;
  const Log& log_;
  ClockWatch clock_;
  std::atomic<bool> sources_wait_{false};  ///< for the clock
  int64_t clock_said_ns_ = INT64_MIN;
  const uint64_t run_id_;
  const uint32_t run_mode_;
  const std::function<void()> on_change_;
  Budget budget_;
  std::unique_ptr<journal::Folder> folder_;  ///< when a route is durable
  uint64_t unwritten_ = 0;                   ///< messages that journals could not write at the end
  IsolatedNodes isolated_nodes_{log_};
  std::map<std::string, FileStamp> loaded_;     ///< files of plugins that run in this process, as they were
  std::size_t next_node_ = 0, next_joint_ = 0;  ///< numbers that were not given yet
  mutable std::shared_mutex structure_;         ///< guards what follows against readers on other threads
  std::vector<std::unique_ptr<Station>> stations_;
  std::vector<Joint> joints_;
  std::vector<DurableRoute> durable_routes_;
};

}  // namespace culvert
