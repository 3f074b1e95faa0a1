// SPDX-License-Identifier: MIT
// What the thread does that keeps the process: starts it, talks with it, and starts the next one.
#include "core/isolation/isolated_node.hpp"
#include "core/isolation/kernel.hpp"
#include "core/isolation/life.hpp"
#include "core/isolation/sanitized.hpp"
#include "core/util/clock.hpp"

#include <sys/poll.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

namespace culvert::isolation {
namespace {

// A process on a busy box may take long to begin; it reports once a second from then on.
constexpr int64_t begin_timeout_ns = 30 * one_second_ns;
// What its plugin may take to stop, the way to the broker of the goodbye included, and then itself.
constexpr int64_t stop_timeout_ns = 4 * one_second_ns;
// To take a process down is quick, unless a sanitizer looks through it first.
constexpr int64_t end_timeout_ns = (is_sanitized ? 10 : 1) * one_second_ns;
// What its end may be behind that of its channels.
constexpr int64_t cut_timeout_ns = one_second_ns;
constexpr int64_t look_ns = one_second_ns;
// It is heard of each second, unless it is very busy: what it may be silent beyond the time of a call.
constexpr int64_t silence_ns = 2 * one_second_ns;

constexpr std::string_view garbage = "its process wrote garbage to its control channel";
// What a child that has ended has said is in a socket of ours.
constexpr int64_t last_words_ns = one_second_ns;
// So long it is heard before its turn is over: who says more does not keep the runtime from anything.
constexpr int64_t turn_ns = 50 * one_ms_ns;

// Without memory it is shorter.
std::string what_of(const std::exception& error) noexcept {
  try {
    return std::string{"its process could not be run: "} + error.what();
  } catch (const std::bad_alloc&) { return "no memory"; }
}

}  // namespace

void IsolatedNode::keep() noexcept {
  for (;;) {
    std::string why;
    try {
      why = live();
    } catch (const std::exception& error) { why = what_of(error); }
    close_channels();
    // No failure: so it does not count as one, and nothing is waited for.
    if (std::exchange(begins_anew_, false)) {
      const std::lock_guard lock{mutex_};
      ++restarts_;
      continue;
    }
    if (why.empty()) {
      set_state(NodeState::stopped);
      return;
    }
    fail(why);
    if (!await_retry()) { return; }
  }
}

// Ends the epoch on this side. What the child had is offered to the next one.
void IsolatedNode::close_channels() {
  if (std::exchange(is_open_, false)) {
    for (const Entrance& entrance : entrances_) { entrance.from->close(entrance.outlet); }
    forwarder_.end_input();
  }
  const std::lock_guard lock{mutex_};
  report_.unsettled = report_.emitted = 0;
  report_.is_quiet = false;
  keep_counts(report_.status);
  answers_ = false;
  looked_.notify_all();
}

// One process from its begin to its end. Answers why it ended, or nothing when it was told to.
std::string IsolatedNode::live() {
  {
    const std::lock_guard lock{mutex_};
    ++epoch_;
  }
  // The first is no more than created until somebody wants it to start: a source may wait for the clock.
  if (start_wanted_ || state_ == NodeState::failed) { set_state(NodeState::starting); }
  Life life{spec_, [this] { bell_.ring(); }};
  order_.names.log_level = life.log_level = log_level_;
  life.send("create", to_json(order_));
  for (;;) {
    pollfd watched[] = {{bell_.descriptor(), POLLIN, 0}, {life.process.descriptor(), POLLIN, 0}};
    const int64_t due_ns = next_look_ns(life), left_ns = std::max<int64_t>(due_ns - monotonic_ns(), 0);
    const timespec timeout{left_ns / one_second_ns, left_ns % one_second_ns};
    ppoll(watched, 2, &timeout, nullptr);
    bell_.answer();
    if (life.process.has_ended()) {
      hear_last_words(life);
      return how_it_ended(life);
    }
    const int64_t heard_from_ns = std::min(due_ns, monotonic_ns());
    std::string why = hear(life);
    life.forgive(monotonic_ns() - heard_from_ns);
    if (why.empty()) { why = watch(life, monotonic_ns()); }
    if (!why.empty()) { return life.failure.empty() ? why : life.failure; }
    look_at_resolver(life, monotonic_ns());
    tell(life);
  }
}

// A process that may not read the new file would look up no name any more.
void IsolatedNode::look_at_resolver(Life& life, int64_t now_ns) {
  const bool is_held_to_one = spec_.confinement.is_known && spec_.confinement.network && landlock_version() > 0;
  if (!is_held_to_one || !life.is_made || life.is_outdated || quiesce_wanted_) { return; }
  if (!life.resolver.is_replaced(now_ns)) { return; }
  life.is_outdated = true;
  log_.write_at(log_level_, LogEvent::node_new_process, name(),
                "'" + spec_.resolver_file + "' was replaced: a new process is started, which may read it");
}

// All that it said before its end, the line that tells why among it.
void IsolatedNode::hear_last_words(Life& life) {
  life.line.end_input();
  const int64_t deadline_ns = monotonic_ns() + last_words_ns;
  for (int64_t left_ns = last_words_ns; left_ns > 0; left_ns = deadline_ns - monotonic_ns()) {
    // In this order: what came just before the end is heard.
    const bool has_all = life.line.has_ended();
    if (!hear(life).empty() || (has_all && !life.has_more)) { return; }
    pollfd watched{bell_.descriptor(), POLLIN, 0};
    const timespec timeout{left_ns / one_second_ns, left_ns % one_second_ns};
    ppoll(&watched, 1, &timeout, nullptr);
    bell_.answer();
  }
}

// What was wished since the last time.
void IsolatedNode::tell(Life& life) {
  const bool ends = stop_wanted_ || life.is_outdated || !life.failure.empty();
  if (life.has_stopped) {
    // Once: it may be gone before it could hear of it again.
    if (!std::exchange(life.is_dismissed, true)) { life.send("bye", true); }
    return;
  }
  if (ends && !life.is_open) { return life.process.kill(); }
  // Until it is started its place may be another node's.
  if (life.is_made && !life.is_open && start_wanted_) { open_channels(life); }
  if (!life.is_open) { return; }
  if (ends && !life.is_stopping) {
    life.is_stopping = true;
    life.stop_ns = monotonic_ns();
    life.send("stop", forwarder_.ended(epoch_));
  }
  if (life.is_stopping) { return; }
  if (const uint64_t look = next_look(life); look != life.looks) {
    life.looks = look;
    life.send("look", look);
  }
  if (const LogLevel level = log_level_; std::exchange(life.log_level, level) != level) {
    life.send("log_level", static_cast<int>(level));
  }
  if (spec_.node.timing.is_set() && !std::exchange(life.knows_clock, true)) { life.send("clock", true); }
  // In this order: one that is to be quiet emits nothing in its first turn either.
  if (quiesce_wanted_ && !std::exchange(life.is_quiesced, true)) { life.send("quiesce", true); }
  if (start_wanted_ && !std::exchange(life.is_started, true)) {
    if (state_ == NodeState::created) { set_state(NodeState::starting); }
    life.send("start", true);
  }
  if (hurry_wanted_ && !std::exchange(life.is_hurried, true)) { life.send("hurry", true); }
}

// One at a time: who asks meanwhile is answered by the next.
uint64_t IsolatedNode::next_look(const Life& life) const {
  const std::lock_guard lock{mutex_};
  return looks_done_ >= life.looks ? looks_wanted_ : life.looks;
}

std::string IsolatedNode::hear(Life& life) try {
  const int64_t end_ns = monotonic_ns() + turn_ns;
  do {
    const std::optional<Word> word = life.line.take();
    life.has_more = word.has_value();
    if (!word) { return {}; }
    if (!word->said.is_object() || word->said.size() != 1) { return std::string{garbage}; }
    std::string why = hear(life, word->said.begin().key(), word->said.begin().value());
    if (!why.empty()) { return why; }
  } while (monotonic_ns() < end_ns);
  bell_.ring();
  return {};
} catch (const Json::exception&) { return std::string{garbage}; }

std::string IsolatedNode::hear(Life& life, const std::string& what, const Json& content) {
  life.heard_ns = monotonic_ns();
  if (what == "begun") {
    life.begun_ns = life.heard_ns;
    life.has_begun = true;
  } else if (what == "created") {
    life.is_made = true;
    say_created(true);
  } else if (what == "refused") {
    is_failure_said_ = true;
    return clipped(content, HostTable::max_word_bytes);
  } else if (what == "report") {
    return take_report(life, node_report(content));
  } else if (what == "looked") {
    {
      const std::lock_guard lock{mutex_};
      // Of a new process the first may be asked for before it has answered one that nobody waits for any more.
      if (!content.is_number_unsigned() || content.get<uint64_t>() > life.looks) { return std::string{garbage}; }
      looks_done_ = std::max(looks_done_, content.get<uint64_t>());
    }
    looked_.notify_all();
  } else if (what == "log") {
    const std::string line = content.at("line");
    const LogKind kind = log_kind(content);
    lines_.add(kind.level, line);
    log_.write_at(log_level_, kind, name(), line);
  } else if (what == "stuck") {
    return "the plugin has not returned from '" + call_name(content) + "' for " +
           std::to_string(spec_.node.hang_timeout_ns / one_second_ns) + " s, its process was killed";
  } else if (what == "stopped") {
    life.has_stopped = true;
    life.stop_ns = monotonic_ns();
  } else {
    return std::string{garbage};
  }
  return {};
}

// The process gets its ends of them, and may use them when it comes to it.
void IsolatedNode::open_channels(Life& life) {
  is_open_ = true;
  auto [ours, its] = connected_sockets();
  forwarder_.open(std::move(ours), epoch_);
  life.send("open", to_json(ChannelOrder{epoch_, {}}), std::move(its));
  for (std::size_t route = 0; route < entrances_.size(); ++route) {
    auto [outlet, inbox] = connected_sockets();
    entrances_[route].from->open(entrances_[route].outlet, std::move(outlet), epoch_);
    life.send("open", to_json(ChannelOrder{epoch_, route}), std::move(inbox));
  }
  life.is_open = true;
  const std::lock_guard lock{mutex_};
  answers_ = true;
}

std::string IsolatedNode::take_report(Life& life, NodeReport report) {
  const NodeState state = report.status.state;
  {
    const std::lock_guard lock{mutex_};
    report_ = std::move(report);
    if (state == NodeState::failed && life.failure.empty()) {
      is_failure_said_ = !report_.status.reason.empty();
      life.failure = is_failure_said_ ? report_.status.reason : "the plugin failed";
    }
  }
  // It may be heard of for the first time when it is not well any more.
  const bool runs = state == NodeState::running || state == NodeState::degraded;
  if (runs && state_ == NodeState::starting) { say_running(); }
  // The end of a process is its end.
  if (state != NodeState::failed && state != NodeState::stopped && state != NodeState::created) { set_state(state); }
  return {};
}

int64_t IsolatedNode::next_look_ns(const Life& life) const {
  const int64_t look_at_ns = monotonic_ns() + (life.usage.is_limited() ? Usage::look_ns : look_ns);
  if (!life.is_stopping) { return look_at_ns; }
  const int64_t limit_ns = life.has_stopped ? end_timeout_ns : stop_timeout_ns;
  return std::min(look_at_ns, life.stop_ns + end_limit_ns(life.stop_ns, limit_ns));
}

// What is left of a limit by the time that all have to have ended.
int64_t IsolatedNode::end_limit_ns(int64_t since_ns, int64_t limit_ns) const {
  return std::clamp(end_ns_ - since_ns, int64_t{0}, limit_ns);
}

std::string IsolatedNode::watch(Life& life, int64_t now_ns) const {
  const auto late = [now_ns](int64_t since_ns, int64_t limit_ns, const char* what) {
    return now_ns < since_ns + limit_ns
               ? std::string{}
               : std::string{"its process "} + what + " " + seconds(limit_ns) + " and was killed";
  };
  const auto late_to_end = [&](int64_t since_ns, int64_t limit_ns, const char* what) {
    return late(since_ns, end_limit_ns(since_ns, limit_ns), what);
  };
  // Of one whose plugin has failed it is told whether it was for that.
  if (std::string used = life.usage.look(now_ns, !life.failure.empty()); !used.empty()) {
    return used + ": its process was killed";
  }
  if (life.has_stopped) { return late_to_end(life.stop_ns, end_timeout_ns, "had stopped and did not end within"); }
  if (life.is_deaf) { return "its process does not listen and was killed"; }
  if (forwarder_.has_trouble()) { return "its channel could not be opened, there is no memory"; }
  if (life.line.has_ended() || (life.is_open && is_cut())) {
    if (life.cut_ns == 0) { life.cut_ns = now_ns; }
    return late_to_end(life.cut_ns, cut_timeout_ns, "closed or spoiled one of its channels, did not end within");
  }
  if (life.is_stopping) { return late_to_end(life.stop_ns, stop_timeout_ns, "did not stop within"); }
  const int64_t call_ns = spec_.node.hang_timeout_ns + silence_ns;
  if (!life.has_begun) { return late(life.begun_ns, begin_timeout_ns, "did not begin within"); }
  if (!life.is_made) { return late(life.begun_ns, call_ns, "did not return from 'create' within"); }
  return late(life.heard_ns, call_ns, "said nothing for");
}

// That all of them end is its own end, which is heard of a moment later.
bool IsolatedNode::is_cut() const {
  return forwarder_.is_cut() || std::any_of(entrances_.begin(), entrances_.end(), [](const Entrance& entrance) {
           return entrance.from->is_cut(entrance.outlet);
         });
}

}  // namespace culvert::isolation
