// SPDX-License-Identifier: MIT
/// One node in a process of its own, as the pipeline sees it: starts the process, joins it to the routes, keeps its
/// reports, and starts the next one when it ends.
///
/// A thread of its own keeps the process, which dies with it.
#pragma once

#include "core/isolation/cgroup.hpp"
#include "core/isolation/confinement.hpp"
#include "core/isolation/forwarder.hpp"
#include "core/isolation/line.hpp"
#include "core/isolation/process.hpp"
#include "core/isolation/resolver_file.hpp"
#include "core/isolation/usage.hpp"
#include "core/isolation/words.hpp"
#include "core/node/node_thread.hpp"
#include "core/node/recent_lines.hpp"
#include "core/node/restart_policy.hpp"
#include "core/node/state.hpp"
#include "core/util/clock.hpp"
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
  NodeSpec node;        ///< without the descriptor, which is the child's
  std::string file;     ///< the shared object
  uint64_t seed;        ///< tells it from other nodes
  std::string program;  ///< culvert-node
  Confinement confinement = {};
  Allowance allowance = {};
  const Cgroups* cgroups = nullptr;  ///< outlives the node; null: none can be made
  std::string resolver_file = "/etc/resolv.conf";
};

class IsolatedNode final : public HostedNode {
 public:
  /// `on_change` is called on another thread after each change of state.
  /// `ends`: those of another node perhaps, which has ended before this one is started.
  IsolatedNode(IsolatedSpec spec, std::shared_ptr<NodeEnds> ends, uint64_t run_id, const Log& log,
               std::function<void()> on_change);
  ~IsolatedNode() override;

  const std::string& name() const noexcept override { return spec_.node.names.node; }
  Fanout& fanout() noexcept override { return forwarder_.fanout(); }
  bool joins_live() const noexcept override { return false; }
  bool join_route(const std::string& route, Fanout& from, std::size_t outlet, const std::string& address) override;
  bool leave_route(const std::string&) override { return false; }
  bool reconfigure(const culvert_settings&) override { return false; }
  void set_log_level(LogLevel level) noexcept override;

  /// Starts the process, which calls the plugin's `create`.
  bool create(const culvert_settings& settings, const Pause& pause) override;
  void start() override;
  void quiesce() noexcept override;
  void keep_all() noexcept override { forwarder_.keep_all(); }
  void hurry() noexcept override;
  void clock_set() noexcept override { bell_.ring(); }
  void stop() noexcept override;
  void end_by(int64_t at_ns) noexcept override;
  void join() override;

  NodeState state() const noexcept override { return state_; }
  uint64_t restarts() const noexcept override;
  bool has_failed() const noexcept override;
  bool is_gone() const noexcept override { return is_gone_; }
  bool is_quiet() const noexcept override;
  OnFailure on_failure() const noexcept override { return spec_.node.on_failure; }
  bool is_source() const noexcept override { return spec_.node.is_source; }
  bool is_transform() const noexcept override { return spec_.node.is_transform; }
  bool is_linked() const noexcept override;
  bool is_done() const noexcept override;
  std::size_t on_the_way() const noexcept override;
  std::size_t unsettled() override;
  std::size_t untold() const noexcept override;
  int64_t last_activity_ns() const noexcept override;
  /// Nothing: its keeper looks, and ends the process.
  void watch_call(int64_t) override {}
  /// As of now, when the process answers within `answer_ns`, else as of its last report.
  NodeStatus status() override;
  static constexpr int64_t answer_ns = 200 * one_ms_ns;

 private:
  struct Entrance {
    Fanout* from;
    std::size_t outlet;
  };
  /// One process and what was said to it.
  struct Life;

  void keep() noexcept;
  std::string live();
  void hear_last_words(Life& life);
  void tell(Life& life);
  void look_at_resolver(Life& life, int64_t now_ns);
  uint64_t next_look(const Life& life) const;
  /// Each answers why the process has to end, or nothing.
  std::string hear(Life& life);
  std::string hear(Life& life, const std::string& what, const Json& content);
  std::string take_report(Life& life, NodeReport report);
  void open_channels(Life& life);
  std::string watch(Life& life, int64_t now_ns) const;
  int64_t end_limit_ns(int64_t since_ns, int64_t limit_ns) const;
  bool is_cut() const;
  std::string how_it_ended(Life& life);
  int64_t next_look_ns(const Life& life) const;
  void close_channels();
  Forwarder::Window window();
  void fail(const std::string& why) noexcept;
  void say_failure(const std::string& why, int64_t now_ns);
  void say_running();
  void keep_counts(NodeStatus& status) noexcept;
  bool await_retry();
  void set_state(NodeState state);
  /// The first time counts.
  void say_created(bool is_created);
  /// Nothing: it is not known yet.
  std::optional<bool> is_created() const;

  const IsolatedSpec spec_;
  std::atomic<LogLevel> log_level_{spec_.node.names.log_level};
  bool is_lost_said_ = false;  ///< the main thread's own
  NodeOrder order_;            ///< complete with `create`
  const Log& log_;
  const std::function<void()> on_change_;
  Forwarder forwarder_;
  std::vector<Entrance> entrances_;
  EventBell bell_;
  std::atomic<bool> start_wanted_{false}, quiesce_wanted_{false}, hurry_wanted_{false}, stop_wanted_{false};
  std::atomic<int64_t> end_ns_{INT64_MAX};  ///< monotonic; what was told to stop is ended then
  std::atomic<NodeState> state_{NodeState::created};
  std::atomic<bool> is_gone_{false};

  mutable std::mutex mutex_;  ///< guards what follows
  std::condition_variable looked_;
  std::optional<bool> is_created_;
  NodeReport report_;
  bool answers_ = false;                               ///< there is a process that does
  uint64_t epoch_ = 0;                                 ///< counts the processes
  uint64_t looks_wanted_ = 0, looks_done_ = 0;         ///< how often somebody asked for a report, and got it
  int64_t state_since_ns_ = 0, running_since_ns_ = 0;  ///< monotonic; 0: never
  int64_t next_try_ns_ = 0;
  uint64_t restarts_ = 0;
  struct {
    uint64_t received = 0, rejected = 0, refused = 0, stale_completions = 0;
  } before_;  ///< what the processes before this one have counted
  bool is_quarantined_ = false;
  std::optional<FailureStatus> last_failure_;  ///< `ago_ns` is since when, monotonic

  // The keeper's own.
  bool begins_anew_ = false;  ///< the process that has ended did nothing wrong
  RestartPolicy policy_;
  RecentLines lines_;
  bool is_failure_said_ = false;  ///< a line of the plugin's says why it is about to be a failure
  bool is_open_ = false;          ///< its channels are
  std::thread keeper_;
};

}  // namespace culvert::isolation
