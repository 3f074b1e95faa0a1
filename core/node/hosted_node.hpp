// SPDX-License-Identifier: MIT
/// One node of a pipeline, wherever it runs: on a thread of this process (NodeThread), or in a process of its own
/// (isolation::IsolatedNode).
///
/// Built, started, stopped and destroyed by the main thread; what it reports may be read by any.
#pragma once

#include "core/channel/fanout.hpp"
#include "core/node/restart_policy.hpp"
#include "core/node/state.hpp"
#include "core/node/status.hpp"
#include "core/util/log.hpp"
#include "core/util/pause.hpp"

#include <culvert/plugin.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace culvert {

class HostedNode {
 public:
  HostedNode() = default;
  virtual ~HostedNode() = default;
  HostedNode(const HostedNode&) = delete;
  HostedNode& operator=(const HostedNode&) = delete;

  virtual const std::string& name() const noexcept = 0;
  /// The routes that leave it.
  virtual Fanout& fanout() noexcept = 0;
  /// That route of `from` leads here: joins the two. `address` is free, and of use where both are in this process.
  /// False when the node does not come to it. Before `create`, or whenever `joins_live`.
  virtual bool join_route(const std::string& route, Fanout& from, std::size_t outlet, const std::string& address) = 0;
  /// The other way. What is in its inbox is the outlet's to send again.
  virtual bool leave_route(const std::string& route) = 0;
  /// Whether routes may be joined and left while it runs.
  virtual bool joins_live() const noexcept = 0;
  /// Hands the plugin settings that differ from those of `create` in what its facts call `live`. False: they are not
  /// taken. They are used as those of `create` are.
  virtual bool reconfigure(const culvert_settings& settings) = 0;
  virtual void set_log_level(LogLevel level) noexcept = 0;

  /// Calls the plugin's `create`. False when it failed; why was logged. The settings are used again for each new
  /// instance: they must live as long as this. What happens in another process is waited for with `pause`, and given up
  /// when that says so: false, and nothing is logged.
  virtual bool create(const culvert_settings& settings, const Pause& pause) = 0;
  virtual void start() = 0;
  /// Each tells the node and returns; `join` waits until it has ended.
  virtual void quiesce() noexcept = 0;
  virtual void stop() noexcept = 0;
  /// From that time on the monotonic clock it is ended, if it was told to stop and runs in a process of its own.
  virtual void end_by(int64_t) noexcept {}
  /// What the plugin has emitted stays with its routes, whatever room they have: another node goes on there, or nobody.
  /// After `quiesce`.
  virtual void keep_all() noexcept {}
  virtual void join() = 0;
  /// From now on nothing waits for more to travel with.
  virtual void hurry() noexcept = 0;
  /// The clock of the box was found to be set. Who shares the runtime's watch of it need not be told.
  virtual void clock_set() noexcept {}

  virtual NodeState state() const noexcept = 0;
  /// Instances that were made after one had failed.
  virtual uint64_t restarts() const noexcept = 0;
  /// It has failed, or its plugin has and its process is about to end.
  virtual bool has_failed() const noexcept { return state() == NodeState::failed; }
  /// Of one that was told to stop: `join` has nothing to wait for, or its thread was never begun.
  bool has_ended() const noexcept {
    const NodeState now = state();
    return now == NodeState::stopped || now == NodeState::created || now == NodeState::failed;
  }
  /// It has failed, and no new instance is going to be made.
  virtual bool is_gone() const noexcept = 0;
  /// It has failed, and waits for its next try.
  bool is_waiting() const noexcept { return state() == NodeState::failed && !is_gone(); }
  /// It has heard that it is to quiesce, and emits nothing of its own any more.
  virtual bool is_quiet() const noexcept = 0;
  /// Of one that was told to quiesce: it is quiet, does not run, or has no routes to emit to. What it waits for is
  /// known from then on.
  bool is_at_rest() {
    const NodeState now = state();
    const bool runs = now != NodeState::created && now != NodeState::stopped && now != NodeState::failed;
    return !runs || is_quiet() || !fanout().has_routes();
  }
  /// It brings what is on its way to it further, or will.
  bool can_take() const noexcept {
    const NodeState now = state();
    const bool works = now == NodeState::starting || now == NodeState::running || now == NodeState::degraded;
    return (works || is_waiting()) && is_linked();
  }
  virtual OnFailure on_failure() const noexcept = 0;
  virtual bool is_source() const noexcept = 0;
  virtual bool is_transform() const noexcept = 0;
  /// The way to the outside is there, or the plugin has none.
  virtual bool is_linked() const noexcept = 0;
  /// A source that will emit nothing more by itself; true of a node that is no pure source, or that is gone.
  virtual bool is_done() const noexcept = 0;
  /// Messages that have left the plugin and are not on their routes yet.
  virtual std::size_t on_the_way() const noexcept = 0;
  /// Messages that are on its way to these or on them, and ends of which the plugin has not been told.
  virtual std::size_t unsettled() = 0;
  /// Of a node that was told to quiesce: messages of its own that its plugin, in another process, waits for. What it
  /// has given tokens in this one is the fan-out's to say.
  virtual std::size_t untold() const noexcept { return 0; }
  /// When something last went in or out, on the monotonic clock.
  virtual int64_t last_activity_ns() const noexcept = 0;
  /// Does something about a call into the plugin that has not returned within its time, and says so. Main thread, about
  /// once a second.
  virtual void watch_call(int64_t now_ns) = 0;
  /// All of it but the plugin's name.
  virtual NodeStatus status() = 0;
};

}  // namespace culvert
