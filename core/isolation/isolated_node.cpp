// SPDX-License-Identifier: MIT
#include "core/isolation/isolated_node.hpp"

#include "core/util/clock.hpp"
#include "core/util/words.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace culvert::isolation {
namespace {

// Its keeper rings when it knows: this is for who pauses without a bell.
constexpr int64_t glance_ns = 50 * one_ms_ns;

}  // namespace

IsolatedNode::IsolatedNode(IsolatedSpec spec, std::shared_ptr<NodeEnds> ends, uint64_t run_id, const Log& log,
                           std::function<void()> on_change)
    : spec_{std::move(spec)},
      log_{log},
      on_change_{std::move(on_change)},
      forwarder_{std::move(ends), spec_.node.timing.clock},
      policy_{run_id ^ spec_.seed} {}

IsolatedNode::~IsolatedNode() {
  stop();
  join();
}

bool IsolatedNode::join_route(const std::string& route, Fanout& from, std::size_t outlet, const std::string&) {
  entrances_.push_back({&from, outlet});
  order_.routes.push_back(route);
  return true;
}

bool IsolatedNode::has_failed() const noexcept {
  const std::lock_guard lock{mutex_};
  return state_ == NodeState::failed || report_.status.state == NodeState::failed;
}

uint64_t IsolatedNode::restarts() const noexcept {
  const std::lock_guard lock{mutex_};
  return restarts_;
}

// All that would wait on the routes of a node in this process, and what is on its way to these. A transform is offered
// no more before that has ended, so it needs no more.
Forwarder::Window IsolatedNode::window() {
  constexpr std::size_t max_messages = 1 << 16, max_bytes = 16 << 20;
  Forwarder::Window window;
  if (spec_.node.is_transform) { return window; }
  std::size_t messages = 0, bytes = 0;
  for (const OutletLimits& limits : forwarder_.fanout().limits()) {
    messages = std::min(messages + std::min(limits.max_messages, max_messages), max_messages);
    bytes = std::min(bytes + std::min(limits.max_bytes, max_bytes), max_bytes);
  }
  window.messages += messages;
  window.bytes += bytes;
  return window;
}

bool IsolatedNode::create(const culvert_settings& settings, const Pause& pause) {
  const Forwarder::Window wide = window();
  order_.window_messages = wide.messages;
  order_.window_bytes = wide.bytes;
  order_.names = spec_.node.names;
  order_.corrects_times = spec_.node.timing.corrects;
  order_.file = spec_.file;
  order_.is_transform = spec_.node.is_transform;
  order_.is_source = spec_.node.is_source;
  order_.hang_timeout_ns = spec_.node.hang_timeout_ns;
  for (uint32_t i = 0; i < settings.count; ++i) {
    const culvert_setting& one = settings.entries[i];
    order_.settings.push_back(
        {std::string{one.key.data, one.key.size}, std::string{one.value.data, one.value.size}, one.given != 0});
  }
  keeper_ = std::thread{[this] { keep(); }};
  pthread_setname_np(keeper_.native_handle(), name().substr(0, 15).c_str());
  std::optional<bool> is_made;
  while (!(is_made = is_created())) {
    if (pause(glance_ns)) { continue; }
    stop();
    return false;
  }
  return *is_made;
}

std::optional<bool> IsolatedNode::is_created() const {
  const std::lock_guard lock{mutex_};
  return is_created_;
}

void IsolatedNode::say_created(bool is_created) {
  {
    const std::lock_guard lock{mutex_};
    if (is_created_) { return; }
    is_created_ = is_created;
  }
  on_change_();
}

// A process counts anew, a node goes on. With the mutex held.
void IsolatedNode::keep_counts(NodeStatus& status) noexcept {
  before_.received += std::exchange(status.received, 0);
  before_.rejected += std::exchange(status.rejected, 0);
  before_.refused += std::exchange(status.refused, 0);
  before_.stale_completions += std::exchange(status.stale_completions, 0);
}

void IsolatedNode::start() {
  forwarder_.start({order_.window_messages, order_.window_bytes});
  start_wanted_ = true;
  bell_.ring();
}

void IsolatedNode::quiesce() noexcept {
  quiesce_wanted_ = true;
  // Nobody waits for more of what gathers here. What is on its way from the process goes as it comes.
  forwarder_.hurry();
  bell_.ring();
}

void IsolatedNode::set_log_level(LogLevel level) noexcept {
  log_level_ = level;
  bell_.ring();
}

void IsolatedNode::hurry() noexcept {
  hurry_wanted_ = true;
  forwarder_.hurry();
  bell_.ring();
}

void IsolatedNode::stop() noexcept {
  stop_wanted_ = true;
  bell_.ring();
}

void IsolatedNode::end_by(int64_t at_ns) noexcept {
  end_ns_ = at_ns;
  bell_.ring();
}

void IsolatedNode::join() {
  if (keeper_.joinable()) { keeper_.join(); }
  if (const std::size_t left = forwarder_.stop(); left > 0 && !std::exchange(is_lost_said_, true)) {
    log_.write_at(log_level_, LogEvent::node_messages_lost, name(),
                  counted(left, "message") + " that it had emitted found no room on its routes at the end, and " +
                      (left == 1 ? "is" : "are") + " lost");
  }
}

bool IsolatedNode::is_linked() const noexcept {
  const std::lock_guard lock{mutex_};
  return !report_.status.link || report_.status.link->state == link_name(CULVERT_LINK_UP);
}

bool IsolatedNode::is_done() const noexcept {
  const std::lock_guard lock{mutex_};
  return report_.is_done || !spec_.node.is_source || is_gone_;
}

bool IsolatedNode::is_quiet() const noexcept {
  const std::lock_guard lock{mutex_};
  // One that is not joined yet hears that it is to be quiet before it is started.
  return report_.is_quiet || !answers_;
}

std::size_t IsolatedNode::on_the_way() const noexcept {
  const std::lock_guard lock{mutex_};
  // A report may be older than what has arrived.
  const uint64_t taken = forwarder_.taken(epoch_);
  return report_.emitted > taken ? report_.emitted - taken : 0;
}

// What a transform makes of its inputs goes on as long as these come.
std::size_t IsolatedNode::untold() const noexcept {
  const std::lock_guard lock{mutex_};
  return spec_.node.is_transform ? 0 : report_.unsettled;
}

std::size_t IsolatedNode::unsettled() {
  std::size_t in_child = 0;
  {
    const std::lock_guard lock{mutex_};
    in_child = report_.unsettled;
  }
  return in_child + fanout().unsettled();
}

int64_t IsolatedNode::last_activity_ns() const noexcept {
  const std::lock_guard lock{mutex_};
  return report_.activity_ns;
}

NodeStatus IsolatedNode::status() {
  const int64_t now_ns = monotonic_ns();
  std::unique_lock lock{mutex_};
  if (answers_) {
    const uint64_t mine = ++looks_wanted_;
    bell_.ring();
    looked_.wait_for(lock, std::chrono::nanoseconds{answer_ns}, [&] { return looks_done_ >= mine || !answers_; });
  }
  const FanoutCounters emitted = fanout().counters();
  NodeStatus status = report_.status;
  status.received += before_.received;
  status.rejected += before_.rejected;
  status.refused += before_.refused;
  status.stale_completions += before_.stale_completions;
  status.name = name();
  status.state = state_;
  status.emitted = emitted;
  if (state_since_ns_ != 0) { status.in_state_ns = now_ns - state_since_ns_; }
  const bool runs = status.state == NodeState::running || status.state == NodeState::degraded;
  if (runs && running_since_ns_ != 0) { status.uptime_ns = now_ns - running_since_ns_; }
  status.restarts = restarts_;
  status.last_failure = last_failure_;
  if (status.last_failure) { status.last_failure->ago_ns = now_ns - last_failure_->ago_ns; }
  if (status.state == NodeState::failed) {
    status.quarantined = is_quarantined_;
    if (!is_gone_) { status.next_try_ns = std::max<int64_t>(0, next_try_ns_ - now_ns); }
  }
  return status;
}

void IsolatedNode::set_state(NodeState state) {
  {
    const std::lock_guard lock{mutex_};
    if (state_ == state) { return; }
    state_since_ns_ = monotonic_ns();
    if (state == NodeState::starting) { running_since_ns_ = 0; }
    const bool runs = state == NodeState::running || state == NodeState::degraded;
    if (runs && running_since_ns_ == 0) { running_since_ns_ = state_since_ns_; }
    state_ = state;
  }
  on_change_();
}

}  // namespace culvert::isolation
