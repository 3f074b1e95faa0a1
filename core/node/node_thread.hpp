// SPDX-License-Identifier: MIT
/// One plugin on a thread of its own: receive, process, flush, poll, settle. When its instance fails, a new one is made
/// on that thread; channels and what they hold stay.
///
/// Built, started, stopped and destroyed by the main thread; what it reports may be read by any.
#pragma once

#include "core/message/boot_time.hpp"
#include "core/node/call_watch.hpp"
#include "core/node/crash_handler.hpp"
#include "core/node/errands.hpp"
#include "core/node/host_table.hpp"
#include "core/node/hosted_node.hpp"
#include "core/node/node_ends.hpp"
#include "core/node/own_counts.hpp"
#include "core/node/restart_policy.hpp"
#include "core/node/state.hpp"
#include "core/node/status.hpp"
#include "core/node/token.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace culvert {

struct NodeSpec {
  NodeNames names;
  Timing timing = {};
  const culvert_descriptor* descriptor = nullptr;  ///< copied
  bool is_transform = false;                       ///< is not offered a message while a route of its own is full
  bool is_source = false;                          ///< ends by itself: its `poll` answers CULVERT_DONE
  OnFailure on_failure = OnFailure::retry;
  bool says_plan = true;                         ///< what becomes of it when it has failed
  int64_t hang_timeout_ns = 30 * one_second_ns;  ///< a call that takes longer is said
};

class NodeThread final : public HostedNode {
 public:
  /// `on_change` is called on the node's thread after each change of state.
  NodeThread(const NodeSpec& spec, uint64_t run_id, Budget& budget, const Log& log, std::function<void()> on_change);
  /// The same at the ends of another node, which has been stopped before this one is started.
  NodeThread(NodeSpec spec, std::shared_ptr<NodeEnds> ends, uint64_t run_id, const Log& log,
             std::function<void()> on_change);
  ~NodeThread() override;

  const std::string& name() const noexcept override { return spec_.names.node; }
  Fanout& fanout() noexcept override { return fanout_; }
  const std::shared_ptr<NodeEnds>& ends() const noexcept { return ends_; }
  /// A new inbox, for a route of that name, which the caller opens. Before `start`.
  Inbox& add_inbox(const std::string& route) { return ends_->enter(route).inbox; }
  bool joins_live() const noexcept override { return true; }
  bool join_route(const std::string& route, Fanout& from, std::size_t outlet, const std::string& address) override;
  bool leave_route(const std::string& route) override;
  bool reconfigure(const culvert_settings& settings) override;
  void set_log_level(LogLevel level) noexcept override { host_.set_log_level(level); }

  /// In this process: nobody can give it up.
  bool create(const culvert_settings& settings, const Pause& = {}) override;
  void start() override;
  void quiesce() noexcept override;
  void stop() noexcept override;
  void join() override;
  void hurry() noexcept override { fanout_.hurry(); }

  NodeState state() const noexcept override { return state_; }
  bool is_gone() const noexcept override { return is_gone_; }
  bool is_quiet() const noexcept override { return host_.is_quiet(); }
  OnFailure on_failure() const noexcept override { return spec_.on_failure; }
  bool is_source() const noexcept override { return spec_.is_source; }
  bool is_transform() const noexcept override { return spec_.is_transform; }
  bool is_linked() const noexcept override { return !sayings_.has_link || sayings_.link == CULVERT_LINK_UP; }
  bool is_done() const noexcept override { return done_ || !spec_.is_source || is_gone_; }
  std::size_t on_the_way() const noexcept override { return 0; }
  std::size_t unsettled() override { return fanout_.unsettled(); }
  int64_t last_activity_ns() const noexcept override {
    return std::max(last_processed_ns_.load(), sayings_.last_emit_ns.load());
  }
  uint64_t restarts() const noexcept override { return restarts_; }
  uint64_t rejected() const noexcept { return rejected_; }
  uint64_t stale_completions() const noexcept { return stale_completions_; }
  /// Which call into the plugin is under way.
  const CallMark& call_mark() const noexcept { return call_mark_; }
  /// It is only said: what does not return can't be ended in this process.
  void watch_call(int64_t now_ns) override;
  NodeStatus status() override;

 private:
  void run() noexcept;
  void live();
  bool begin();
  void step();
  void end();
  void plan_retry();
  void say_plan(std::optional<int64_t> wait_ns) const;
  bool await_retry();
  void offer_again();
  void renew();
  bool make();
  void describe_trouble(NodeStatus& status, int64_t now_ns) const;
  void take_completions();
  void take_ended();
  void obey();
  bool offer_all(int64_t now_ns);
  /// Whether a message was taken, so that the next may be offered at once.
  bool offer(std::size_t index, int64_t now_ns);
  bool handle(culvert_status status, std::size_t index, uint64_t number, uint64_t ready_before, int64_t now_ns);
  uint8_t token_instance() const noexcept { return Token::instance_of(host_.instance()); }
  uint64_t number_of(const Token& token) const noexcept;
  void count_rejected(const std::string& route, const std::string& reason);
  void answer_all();
  void offer_room();
  void say_memory(bool is_short) noexcept;
  void feed_window();
  void poll(int64_t now_ns);
  void watch_pending(int64_t now_ns);
  void read_counts(int64_t now_ns);
  void set_state(NodeState state);
  void fail(std::string_view why) { host_.fail(why); }
  void wake_at(int64_t deadline_ns) noexcept { wake_ns_ = std::min(wake_ns_, deadline_ns); }
  /// Each call into the plugin: marked by its name, and what it lets escape ends the node, not the process.
  template <class Result, class Call>
  Result caught(const char* name, Result otherwise, Call call) noexcept {
    try {
      const MarkedCall marked{call_mark_, name};
      return call();
    } catch (const std::exception& error) { fail(std::string{"the plugin threw: "} + error.what()); } catch (...) {
      fail("the plugin threw something that is no exception");
    }
    return otherwise;
  }
  /// The same for calls that a plugin which has failed does not get any more.
  template <class Result, class Call>
  Result guarded(const char* name, Result otherwise, Call call) noexcept {
    return sayings_.failed ? otherwise : caught(name, otherwise, call);
  }

  const NodeSpec spec_;
  const culvert_descriptor plugin_;
  CallMark call_mark_;
  const NodeMark mark_{spec_.names.node, spec_.names.plugin, call_mark_};
  const std::shared_ptr<NodeEnds> ends_;
  Fanout& fanout_;
  std::vector<std::unique_ptr<Entrance>>& entrances_;
  Mailbox mailbox_;
  Errands errands_;
  HostTable host_;
  NodeSayings& sayings_;
  OwnCounts own_counts_;
  RestartPolicy policy_;
  CallWatch call_watch_;
  std::function<void()> on_change_;
  const culvert_settings* settings_ = nullptr;
  void* instance_ = nullptr;
  bool is_begun_ = false;  ///< the instance was started, or it was tried: it is to be stopped
  std::thread thread_;

  std::atomic<NodeState> state_{NodeState::created};
  std::atomic<bool> quiesce_wanted_{false}, stop_wanted_{false}, done_{false}, is_gone_{false};
  std::atomic<bool> is_quarantined_{false};
  std::atomic<uint64_t> restarts_{0};
  std::atomic<int64_t> next_try_ns_{0};  ///< monotonic; of use while it waits
  std::atomic<int64_t> last_processed_ns_{0};
  std::atomic<uint64_t> received_{0}, rejected_{0}, stale_completions_{0};
  std::atomic<int64_t> state_since_ns_{0}, running_since_ns_{0};  ///< monotonic; 0: never
  std::atomic<bool> late_said_{false};

  // The node thread's own.
  bool quiesced_ = false;
  bool room_wanted_ = false;
  bool memory_lacks_ = false;  ///< and it was said
  int64_t poll_ns_ = 0;
  int64_t wake_ns_ = 0;
  uint64_t ready_seen_ = 0;
  std::size_t first_entrance_ = 0;
  Occasional rejections_;
  WallTimes wall_times_;
  std::vector<Completion> completions_;
  std::vector<Ended> ended_;
};

}  // namespace culvert
