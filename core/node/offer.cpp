// SPDX-License-Identifier: MIT
// How a node is offered its messages, and what its answers mean.
#include "core/node/node_thread.hpp"
#include "core/node/token.hpp"
#include "core/util/clock.hpp"
#include "core/util/words.hpp"

#include <algorithm>

namespace culvert {
namespace {

constexpr int64_t shortest_back_off_ns = 10 * one_ms_ns;
constexpr int64_t longest_back_off_ns = one_second_ns;
// After so many messages of one route the next route has its turn, and answers leave.
constexpr int turn_messages = 256;

}  // namespace

bool NodeThread::offer_all(int64_t now_ns) {
  const std::size_t count = entrances_.size();
  if (plugin_.process == nullptr || count == 0) { return false; }
  bool some = false;
  for (std::size_t turn = 0; turn < count && !sayings_.failed; ++turn) {
    const std::size_t index = (first_entrance_ + turn) % count;
    int left = turn_messages;
    // Who wants it quiet waits until it has heard.
    while (left > 0 && !stop_wanted_ && quiesced_ == quiesce_wanted_ && offer(index, now_ns)) {
      some = true;
      --left;
    }
    // More is there: come back at once, after the answers and the other routes.
    if (left == 0) { wake_at(now_ns); }
  }
  first_entrance_ = (first_entrance_ + 1) % count;
  return some;
}

bool NodeThread::offer(std::size_t index, int64_t now_ns) {
  Entrance& entrance = *entrances_[index];
  const uint64_t number = entrance.inbox.next();
  if (number == Inbox::nothing || sayings_.failed) { return false; }
  const uint64_t ready_before = mailbox_.ready_count();
  if (entrance.blocked_until_ns > now_ns && ready_before == entrance.blocked_at_ready) {
    wake_at(entrance.blocked_until_ns);
    return false;
  }
  if (spec_.is_transform && !fanout_.has_room()) {
    wake_at(now_ns + 50 * one_ms_ns);
    return false;
  }
  const uint64_t token = Token{token_instance(), static_cast<uint16_t>(index), number}.pack();
  const culvert_message* message = entrance.inbox.message(number);
  if (message == nullptr) {
    mailbox_.explain(token, "its bytes are no message");
    return handle(CULVERT_REJECTED, index, number, ready_before, now_ns);
  }
  if (counts_from_boot(*message)) {
    // Each time that it is offered anew, and first whether: a clock that is set by then has been stepped already.
    const bool is_set = spec_.timing.is_set();
    message = &wall_times_.of(*message, wall_zero_ns(), is_set);
  }
  host_.begin_process();
  const culvert_status status =
      guarded("process", culvert_status{CULVERT_FAILED}, [&] { return plugin_.process(instance_, message, token); });
  host_.end_process();
  return handle(status, index, number, ready_before, now_ns);
}

bool NodeThread::handle(culvert_status status, std::size_t index, uint64_t number, uint64_t ready_before,
                        int64_t now_ns) {
  Entrance& entrance = *entrances_[index];
  const uint64_t token = Token{token_instance(), static_cast<uint16_t>(index), number}.pack();
  if (status == CULVERT_OK || status == CULVERT_PENDING) {
    const bool children = fanout_.commit(token, host_.instance());
    entrance.inbox.hold(number, status == CULVERT_PENDING, children, now_ns, host_.instance());
    received_.fetch_add(1, std::memory_order_relaxed);
    entrance.back_off_ns = 0;
    return true;
  }
  fanout_.discard();
  const std::string reason = mailbox_.take_reason(token);
  if (status == CULVERT_REJECTED) {
    entrance.inbox.reject(number, reason);
    received_.fetch_add(1, std::memory_order_relaxed);
    count_rejected(entrance.route, reason);
    return true;
  }
  if (status == CULVERT_AGAIN) {
    entrance.back_off_ns = std::clamp(entrance.back_off_ns * 2, shortest_back_off_ns, longest_back_off_ns);
    entrance.blocked_until_ns = now_ns + entrance.back_off_ns;
    // A `ready` that came since the call began, or comes while others are served, means: not later, but now. Its ring
    // ends the next wait.
    entrance.blocked_at_ready = ready_before;
    wake_at(entrance.blocked_until_ns);
    return false;
  }
  fail(status == CULVERT_FAILED ? std::string{"the plugin failed on a message"}
                                : "the plugin answered a message with the unknown status " + std::to_string(status));
  return false;
}

void NodeThread::count_rejected(const std::string& route, const std::string& reason) {
  ++rejected_;
  const uint64_t told = rejections_.count(monotonic_ns());
  if (told == 0) { return; }
  host_.log(LogEvent::node_rejected, "rejected " + counted(told, "message") + " of route '" + route +
                                         "', they will not be offered again" + (reason.empty() ? "" : ": " + reason));
}

}  // namespace culvert
