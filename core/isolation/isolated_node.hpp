// SPDX-License-Identifier: MIT
/// One node in a process of its own, as the pipeline sees it: starts the process, joins it to the routes, keeps its
/// reports, and starts the next one when it ends.
///
/// Built, started, stopped and destroyed by the main thread; what it reports may be read by any. A thread of its own
/// keeps the process, which dies with it.
#pragma once

#include "core/isolation/forwarder.hpp"
#include "core/isolation/line.hpp"
#include "core/isolation/process.hpp"
#include "core/isolation/words.hpp"
#include "core/node/recent_lines.hpp"
#include "core/node/restart_policy.hpp"
#include "core/node/state.hpp"
#include "core/util/event_bell.hpp"
#include "core/util/log.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace culvert::isolation {

struct IsolatedSpec {
  NodeOrder order;
  Timing timing = {};
  std::size_t index = 0;  ///< of the node in its pipeline
  std::string sockets;    ///< their folder
  std::string program;    ///< culvert-node
  OnFailure on_failure = OnFailure::retry;
  int64_t hang_timeout_ns = 30 * one_second_ns;  ///< a call that takes longer ends the process
};

class IsolatedNode {
 public:
  /// `on_change` is called on another thread after each change of state.
  IsolatedNode(IsolatedSpec spec, uint64_t run_id, Budget& budget, const Log& log, std::function<void()> on_change);
  ~IsolatedNode();
  IsolatedNode(const IsolatedNode&) = delete;
  IsolatedNode& operator=(const IsolatedNode&) = delete;

  const std::string& name() const noexcept { return spec_.order.names.node; }
  Fanout& fanout() noexcept { return forwarder_.fanout(); }
  /// That route leads here. Before `create`.
  void add_entrance(const std::string& route, Fanout& from, std::size_t outlet);

  /// Starts the process and has it call the plugin's `create`. False when it failed; why was logged.
  bool create();
  void start() noexcept;
  /// Each tells the other side and returns; `join` waits until the process has ended.
  void quiesce() noexcept;
  void hurry() noexcept;
  void stop() noexcept;
  void join();

  NodeState state() const noexcept { return state_; }
  bool is_linked() const;
  bool is_done() const;
  bool is_gone() const noexcept { return is_gone_; }
  /// Messages that the plugin has emitted and that have not ended, as of the last report.
  uint64_t unsettled() const;
  int64_t last_activity_ns() const;
  bool is_source() const noexcept { return spec_.order.is_source; }
  NodeStatus status();

 private:
  struct Entrance {
    Fanout* from;
    std::size_t outlet;
  };
  /// One process and what was said to it.
  struct Life;

  void keep() noexcept;
  std::string live();
  void tell(Life& life);
  /// Each answers why the process has to end, or nothing.
  std::string hear(Life& life);
  std::string hear(Life& life, const std::string& what, const Json& content);
  std::string take_report(Life& life, NodeReport report);
  std::string open_channels(Life& life);
  std::string watch(Life& life, int64_t now_ns) const;
  std::string how_it_ended(Life& life);
  int64_t next_look_ns(const Life& life) const;
  void close_channels();
  void fail(const std::string& why);
  bool await_retry();
  void set_state(NodeState state);
  void say_created(bool is_created);

  const IsolatedSpec spec_;
  const Log& log_;
  const std::function<void()> on_change_;
  Forwarder forwarder_;
  std::vector<Entrance> entrances_;
  EventBell bell_;
  std::atomic<bool> start_wanted_{false}, quiesce_wanted_{false}, hurry_wanted_{false}, stop_wanted_{false};
  std::atomic<NodeState> state_{NodeState::created};
  std::atomic<bool> is_gone_{false};

  mutable std::mutex mutex_;  ///< guards what follows
  std::condition_variable created_;
  std::optional<bool> is_created_;
  NodeReport report_;
  int64_t state_since_ns_ = 0, running_since_ns_ = 0;  ///< monotonic; 0: never
  int64_t next_try_ns_ = 0;
  uint64_t restarts_ = 0;
  bool is_quarantined_ = false;
  std::optional<FailureStatus> last_failure_;  ///< `ago_ns` is since when, monotonic
  pid_t pid_ = 0;                              ///< 0: there is none

  // The keeper's own.
  RestartPolicy policy_;
  RecentLines lines_;
  uint64_t epoch_ = 0;
  std::thread keeper_;
};

}  // namespace culvert::isolation
