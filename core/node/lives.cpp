// SPDX-License-Identifier: MIT
// The lives of a node's instances: how one begins and ends, and how the next follows.
#include "core/node/node_thread.hpp"
#include "core/node/retry_text.hpp"
#include "core/util/clock.hpp"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace culvert {
namespace {

std::string stuck_text(const CallWatch::Call& call) {
  return "the plugin has not returned from '" + std::string{call.name} + "' for " +
         std::to_string(call.for_ns / one_second_ns) + " s";
}

}  // namespace

void NodeThread::run() noexcept {
  // By itself, before a plugin's threads are made, which inherit it. The kernel keeps 15 bytes.
  pthread_setname_np(pthread_self(), name().substr(0, 15).c_str());
  const SignalStack stack;
  const InNode marked{mark_};
  live();
  errands_.close();
}

void NodeThread::live() {
  for (;;) {
    if (begin()) {
      while (!stop_wanted_ && !sayings_.failed) {
        mailbox_.doorbell().wait_until(wake_ns_);
        step();
      }
    }
    end();
    if (!sayings_.failed || !await_retry()) { return; }
    renew();
  }
}

bool NodeThread::make() {
  const culvert_status status = guarded("create", culvert_status{CULVERT_FAILED},
                                        [&] { return plugin_.create(host_.raw(), settings_, &instance_); });
  if (status == CULVERT_OK && !sayings_.failed) { return true; }
  fail("the plugin could not be created");
  return false;
}

bool NodeThread::begin() {
  set_state(NodeState::starting);
  if (sayings_.failed) { return false; }
  // In this order: whoever finds it in a state from before this takes it to be at rest.
  if (quiesce_wanted_) { host_.quiesce(); }
  is_begun_ = true;
  const culvert_status status = plugin_.start == nullptr ? CULVERT_OK
                                                         : guarded("start", culvert_status{CULVERT_FAILED},
                                                                   [&] { return plugin_.start(instance_); });
  if (status != CULVERT_OK) { fail("the plugin could not be started"); }
  if (sayings_.failed) { return false; }
  policy_.began(monotonic_ns());
  set_state(NodeState::running);
  if (restarts_ > 0) { host_.log(LogEvent::node_restarted, "runs again, restart " + std::to_string(restarts_)); }
  return true;
}

void NodeThread::end() {
  host_.quiesce();
  if (!sayings_.failed) { set_state(NodeState::stopping); }
  if (own_counts_.due_ns() != INT64_MAX) { read_counts(monotonic_ns()); }
  // What was acknowledged up to now is still told.
  take_completions();
  take_ended();
  if (std::exchange(is_begun_, false) && plugin_.stop != nullptr) {
    caught("stop", 0, [&] { return plugin_.stop(instance_), 0; });
  }
  host_.close();
  // Nobody looks after what gathers any more.
  fanout_.hurry();
  // What was completed while it stopped still counts.
  take_completions();
  answer_all();
  if (sayings_.failed) { plan_retry(); }
  set_state(sayings_.failed ? NodeState::failed : NodeState::stopped);
}

// Before anybody can see that it has failed, so that nobody takes it for gone when it is not.
void NodeThread::plan_retry() {
  const int64_t now_ns = monotonic_ns();
  const bool retries = spec_.on_failure == OnFailure::retry && !stop_wanted_;
  const std::optional<int64_t> wait_ns = retries ? policy_.failed(now_ns) : std::nullopt;
  is_gone_ = !wait_ns;
  is_quarantined_ = retries && !wait_ns;
  next_try_ns_ = now_ns + wait_ns.value_or(0);
  try {
    say_plan(wait_ns);
  } catch (const std::exception&) {}  // without memory it is not said
}

void NodeThread::say_plan(std::optional<int64_t> wait_ns) const {
  if (!spec_.says_plan) { return; }
  const RetryText text = retry_text(wait_ns, is_quarantined_, spec_.on_failure);
  if (!text.line.empty()) { host_.log(text.kind, text.line); }
}

// False: it stays as it is. Meanwhile what its instance had emitted may end, and then what that was made of has.
bool NodeThread::await_retry() {
  if (is_gone_) { return false; }
  while (!stop_wanted_ && !quiesce_wanted_) {
    const int64_t now_ns = monotonic_ns(), next_ns = next_try_ns_;
    if (now_ns >= next_ns) { return true; }
    wake_ns_ = next_ns;
    errands_.serve();
    take_ended();
    answer_all();
    wake_at(fanout_.send_due(now_ns));
    mailbox_.doorbell().wait_until(wake_ns_);
  }
  // What waits for it now has no time to lose; what takes nothing has nothing left to do.
  is_gone_ = stop_wanted_ || ends_->is_unfed();
  return !is_gone_;
}

void NodeThread::offer_again() {
  for (auto& entrance : entrances_) {
    entrance->inbox.rewind();
    entrance->blocked_until_ns = entrance->back_off_ns = 0;
  }
}

void NodeThread::renew() {
  set_state(NodeState::starting);
  ++restarts_;
  if (instance_ != nullptr) {
    caught("destroy", 0, [&] { return plugin_.destroy(instance_), 0; });
  }
  instance_ = nullptr;
  // What the last one has completed before its stop counted then; what it says now does not.
  mailbox_.forget_reasons();
  offer_again();
  quiesced_ = room_wanted_ = false;
  done_ = late_said_ = false;
  poll_ns_ = wake_ns_ = 0;
  try {
    host_.renew(quiesce_wanted_);
  } catch (const std::bad_alloc&) { return; }  // as failed as before
  make();
}

void NodeThread::watch_call(int64_t now_ns) {
  CallWatch::Call call;
  switch (call_watch_.look(call_mark_.look(), now_ns, call)) {
    case CallWatch::News::none:
      break;
    case CallWatch::News::stuck:
      host_.log(LogEvent::node_stuck, stuck_text(call) + ", still waiting");
      break;
    case CallWatch::News::returned:
      host_.log(LogEvent::node_returned, "the plugin has returned from '" + std::string{call.name} + "', after " +
                                             std::to_string(call.for_ns / one_second_ns) + " s");
      break;
  }
}

void NodeThread::describe_trouble(NodeStatus& status, int64_t now_ns) const {
  status.restarts = restarts_;
  if (const auto failure = host_.last_failure()) {
    status.last_failure = {{failure->reason, failure->lines, now_ns - failure->at_ns}};
  }
  if (status.state == NodeState::failed) {
    status.quarantined = is_quarantined_;
    if (!is_gone_) { status.next_try_ns = std::max<int64_t>(0, next_try_ns_ - now_ns); }
  }
  if (const CallWatch::Call call = call_watch_.stuck(now_ns); call.name != nullptr) {
    const bool works = status.state == NodeState::starting || status.state == NodeState::running;
    if (works) { status.state = NodeState::degraded; }
    status.reason = stuck_text(call);
  }
}

}  // namespace culvert
