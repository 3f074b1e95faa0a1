// SPDX-License-Identifier: MIT
// How the process of a node ended, and what becomes of the node then.
#include "core/isolation/isolated_node.hpp"
#include "core/isolation/life.hpp"
#include "core/node/retry_text.hpp"
#include "core/util/clock.hpp"

#include <sys/poll.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace culvert::isolation {

std::string IsolatedNode::how_it_ended(Life& life) {
  if (life.group && life.group->is_exhausted()) {
    return "used up its " + mebibytes(*spec_.allowance.memory) + " of memory: the kernel ended its process";
  }
  if (!life.failure.empty()) { return life.failure; }
  if (stop_wanted_ && (life.has_stopped || !life.is_open)) { return {}; }
  if (life.is_outdated && life.has_stopped) {
    begins_anew_ = true;
    return {};
  }
  return "its process " + life.process.end();
}

// One that was never created ends the start.
void IsolatedNode::fail(const std::string& why) noexcept {
  const int64_t now_ns = monotonic_ns();
  const bool was_created = is_created().value_or(false);
  const bool retries = spec_.node.on_failure == OnFailure::retry && !stop_wanted_ && was_created;
  const std::optional<int64_t> wait_ns = retries ? policy_.failed(now_ns) : std::nullopt;
  {
    const std::lock_guard lock{mutex_};
    is_quarantined_ = retries && !wait_ns;
    next_try_ns_ = now_ns + wait_ns.value_or(0);
  }
  is_gone_ = !wait_ns;
  try {
    say_failure(why, now_ns);
    const RetryText text = retry_text(wait_ns, retries && !wait_ns, spec_.node.on_failure);
    if (was_created && !text.line.empty()) { log_.write_at(log_level_, text.kind, name(), text.line); }
  } catch (const std::exception&) {}  // without memory it is not said
  // Who waits for it is told why as well.
  say_created(false);
  set_state(NodeState::failed);
}

void IsolatedNode::say_failure(const std::string& why, int64_t now_ns) {
  // What the plugin says of itself came as a line of its own.
  if (!std::exchange(is_failure_said_, false)) { log_.write_at(log_level_, LogEvent::node_failed, name(), why); }
  const std::lock_guard lock{mutex_};
  report_.status.reason = why;
  report_.status.link.reset();
  last_failure_ = FailureStatus{why, lines_.get(), now_ns};
}

// False when there will be none.
bool IsolatedNode::await_retry() {
  for (;;) {
    // What takes nothing has nothing left to do then; what waits for anything else has no time to lose.
    if (quiesce_wanted_ && entrances_.empty()) { is_gone_ = true; }
    const bool hurries = quiesce_wanted_ && !is_gone_;
    const int64_t left_ns = is_gone_ ? -1 : hurries ? 0 : std::max<int64_t>(next_try_ns_ - monotonic_ns(), 0);
    if (stop_wanted_) { return false; }
    if (left_ns == 0) {
      const std::lock_guard lock{mutex_};
      ++restarts_;
      return true;
    }
    pollfd watched{bell_.descriptor(), POLLIN, 0};
    const timespec timeout{left_ns / one_second_ns, left_ns % one_second_ns};
    ppoll(&watched, 1, left_ns < 0 ? nullptr : &timeout, nullptr);
    bell_.answer();
  }
}

void IsolatedNode::say_running() {
  policy_.began(monotonic_ns());
  if (const uint64_t count = restarts(); count > 0) {
    log_.write_at(log_level_, LogEvent::node_restarted, name(), "runs again, restart " + std::to_string(count));
  }
}

}  // namespace culvert::isolation
