// SPDX-License-Identifier: MIT
// What the thread does that keeps the process: starts it, talks with it, and starts the next one.
#include "core/isolation/hand_over.hpp"
#include "core/isolation/isolated_node.hpp"
#include "core/isolation/sockets.hpp"
#include "core/node/retry_text.hpp"
#include "core/util/clock.hpp"

#include <sys/poll.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace culvert::isolation {
namespace {

// A process on a busy box may take long to begin; it reports once a second from then on.
constexpr int64_t begin_timeout_ns = 30 * one_second_ns;
// What its plugin may take to stop, the way to the broker of the goodbye included, and then itself.
constexpr int64_t stop_timeout_ns = 4 * one_second_ns;
constexpr int64_t end_timeout_ns = one_second_ns;
constexpr int64_t look_ns = one_second_ns;

// Takes as long whether the first byte differs or the last.
bool is_same(const Secret& secret, const Json& said) {
  if (!said.is_binary() || said.get_binary().size() != secret.size()) { return false; }
  unsigned char different = 0;
  for (std::size_t i = 0; i < secret.size(); ++i) {
    different |= static_cast<unsigned char>(secret[i]) ^ said.get_binary()[i];
  }
  return different == 0;
}

}  // namespace

struct IsolatedNode::Life {
  Life(const IsolatedSpec& spec, uint64_t epoch, std::function<void()> ring)
      : Life{spec, epoch, std::move(ring), make_pipe()} {}
  Life(const IsolatedSpec& spec, uint64_t epoch, std::function<void()> ring, Pipe pipe)
      : process{spec.program, pipe.read_end},
        line{static_cast<uint64_t>(process.pid()), std::move(ring)},
        begun_ns{monotonic_ns()},
        heard_ns{begun_ns} {
    const std::string address = control_address(spec.sockets, spec.index, epoch);
    line.listen(address);
    write_hand_over(pipe.write_end, {static_cast<uint64_t>(getpid()), secret, address});
  }

  void send(const char* what, Json content) {
    Json message = Json::object();
    message[what] = std::move(content);
    line.send(message);
  }

  const Secret secret = make_secret();
  Process process;
  Line line;
  int64_t begun_ns, heard_ns;
  bool is_known = false, is_made = false, is_opening = false, is_open = false;
  bool is_started = false, is_quiesced = false, is_hurried = false, is_stopping = false, has_stopped = false,
       knows_clock = false;
  int64_t stop_ns = 0;
  uint64_t looks = 0;   ///< the last that it was asked for
  std::string failure;  ///< of the plugin, which ends in its own way
};

void IsolatedNode::keep() noexcept {
  for (;;) {
    std::string why;
    try {
      why = live();
    } catch (const std::exception& error) { why = std::string{"its process could not be run: "} + error.what(); }
    close_channels();
    if (why.empty()) {
      set_state(NodeState::stopped);
      return;
    }
    fail(why);
    say_created(false);
    if (!await_retry()) { return; }
  }
}

// Ends the epoch on this side. What the child had is offered to the next one.
void IsolatedNode::close_channels() {
  for (const Entrance& entrance : entrances_) { entrance.from->close(entrance.outlet); }
  try {
    forwarder_.close();
  } catch (const std::exception&) {}  // nothing is opened
  const std::lock_guard lock{mutex_};
  report_.unsettled = 0;
  answers_ = false;
  looked_.notify_all();
}

void IsolatedNode::fail(const std::string& why) {
  log_.write_at(spec_.node.names.log_level, LogLevel::error, name(), why);
  const int64_t now_ns = monotonic_ns();
  const bool retries = spec_.node.on_failure == OnFailure::retry && !stop_wanted_;
  const std::optional<int64_t> wait_ns = retries ? policy_.failed(now_ns) : std::nullopt;
  {
    const std::lock_guard lock{mutex_};
    report_.status.reason = why;
    report_.status.link.reset();
    last_failure_ = FailureStatus{why, lines_.get(), now_ns};
    is_quarantined_ = retries && !wait_ns;
    next_try_ns_ = now_ns + wait_ns.value_or(0);
  }
  is_gone_ = !wait_ns;
  const RetryText text = retry_text(wait_ns, retries && !wait_ns, spec_.node.on_failure);
  if (!text.line.empty()) { log_.write_at(spec_.node.names.log_level, text.level, name(), text.line); }
  set_state(NodeState::failed);
}

// False when there will be none.
bool IsolatedNode::await_retry() {
  for (;;) {
    const int64_t left_ns = is_gone_ ? -1 : std::max<int64_t>(next_try_ns_ - monotonic_ns(), 0);
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

// One process from its begin to its end. Answers why it ended, or nothing when it was told to.
std::string IsolatedNode::live() {
  if (epoch_++ > 0) { set_state(NodeState::starting); }
  Life life{spec_, epoch_, [this] { bell_.ring(); }};
  for (;;) {
    pollfd watched[] = {{bell_.descriptor(), POLLIN, 0}, {life.process.descriptor(), POLLIN, 0}};
    const int64_t left_ns = std::max<int64_t>(next_look_ns(life) - monotonic_ns(), 0);
    const timespec timeout{left_ns / one_second_ns, left_ns % one_second_ns};
    ppoll(watched, 2, &timeout, nullptr);
    bell_.answer();
    // In this order: all that it said before its end is read.
    const bool has_ended = life.process.has_ended();
    std::string why = hear(life);
    if (has_ended) { return how_it_ended(life); }
    if (why.empty()) { why = watch(life, monotonic_ns()); }
    if (!why.empty()) { return why; }
    tell(life);
  }
}

// What was wished since the last time.
void IsolatedNode::tell(Life& life) {
  const bool ends = stop_wanted_ || !life.failure.empty();
  if (life.has_stopped) { return life.send("bye", true); }
  if (ends && !life.is_open) { return life.process.kill(); }
  if (!life.is_open) { return; }
  if (ends && !life.is_stopping) {
    life.is_stopping = true;
    life.stop_ns = monotonic_ns();
    life.send("stop", true);
  }
  if (life.is_stopping) { return; }
  uint64_t looks = 0;
  {
    const std::lock_guard lock{mutex_};
    looks = looks_wanted_;
  }
  if (std::exchange(life.looks, looks) != looks) { life.send("look", looks); }
  if (spec_.node.timing.is_set() && !std::exchange(life.knows_clock, true)) { life.send("clock", true); }
  if (start_wanted_ && !std::exchange(life.is_started, true)) { life.send("start", true); }
  if (quiesce_wanted_ && !std::exchange(life.is_quiesced, true)) { life.send("quiesce", true); }
  if (hurry_wanted_ && !std::exchange(life.is_hurried, true)) { life.send("hurry", true); }
}

std::string IsolatedNode::hear(Life& life) try {
  for (auto said = life.line.take(); said; said = life.line.take()) {
    if (!said->is_object() || said->size() != 1) { return "its process wrote garbage to its control channel"; }
    std::string why = hear(life, said->begin().key(), said->begin().value());
    if (!why.empty()) { return why; }
  }
  return {};
} catch (const Json::exception&) { return "its process wrote garbage to its control channel"; }

std::string IsolatedNode::hear(Life& life, const std::string& what, const Json& content) {
  life.heard_ns = monotonic_ns();
  if (!life.is_known) {
    life.is_known = what == "secret" && is_same(life.secret, content);
    if (!life.is_known) { return "its process does not know the secret that it was given"; }
    life.send("create", to_json(order_));
  } else if (what == "created") {
    if (!content.get<bool>()) { return "the plugin could not be created"; }
    life.is_made = true;
    return open_channels(life);
  } else if (what == "opened") {
    for (std::size_t route = 0; route < entrances_.size(); ++route) {
      entrances_[route].from->open(entrances_[route].outlet, inbox_address(spec_.sockets, spec_.index, epoch_, route),
                                   epoch_, static_cast<uint64_t>(life.process.pid()));
    }
    life.is_open = true;
    {
      const std::lock_guard lock{mutex_};
      answers_ = true;
    }
    say_created(true);
  } else if (what == "report") {
    return take_report(life, node_report(content));
  } else if (what == "looked") {
    {
      const std::lock_guard lock{mutex_};
      looks_done_ = content.get<uint64_t>();
    }
    looked_.notify_all();
  } else if (what == "log") {
    const auto level = static_cast<LogLevel>(std::clamp(content.at("level").get<int>(), 0, 3));
    const std::string line = content.at("line");
    lines_.add(level, line);
    log_.write_at(spec_.node.names.log_level, level, name(), line);
  } else if (what == "stuck") {
    return "the plugin has not returned from '" + content.get<std::string>() + "' for " +
           std::to_string(spec_.node.hang_timeout_ns / one_second_ns) + " s, its process was killed";
  } else if (what == "stopped") {
    life.has_stopped = true;
    life.stop_ns = monotonic_ns();
  } else {
    return "its process wrote garbage to its control channel";
  }
  return {};
}

std::string IsolatedNode::open_channels(Life& life) {
  ChannelOrder order;
  order.epoch = epoch_;
  order.outlet = outlet_address(spec_.sockets, spec_.index, epoch_);
  for (std::size_t route = 0; route < entrances_.size(); ++route) {
    order.inboxes.push_back(inbox_address(spec_.sockets, spec_.index, epoch_, route));
  }
  forwarder_.open(order.outlet, epoch_, static_cast<uint64_t>(life.process.pid()));
  life.send("open", to_json(order));
  return {};
}

std::string IsolatedNode::take_report(Life& life, NodeReport report) {
  const NodeState state = report.status.state;
  {
    const std::lock_guard lock{mutex_};
    report_ = std::move(report);
    if (state == NodeState::failed && life.failure.empty()) {
      life.failure = report_.status.reason.empty() ? "the plugin failed" : report_.status.reason;
    }
  }
  if (state == NodeState::running && state_ != NodeState::running) { policy_.began(monotonic_ns()); }
  // The end of a process is its end.
  if (state != NodeState::failed && state != NodeState::stopped && (state != NodeState::created || epoch_ == 1)) {
    set_state(state);
  }
  return {};
}

int64_t IsolatedNode::next_look_ns(const Life& life) const {
  if (life.is_stopping) { return life.stop_ns + (life.has_stopped ? end_timeout_ns : stop_timeout_ns); }
  return monotonic_ns() + look_ns;
}

std::string IsolatedNode::watch(Life& life, int64_t now_ns) const {
  if (life.is_stopping && now_ns >= life.stop_ns + (life.has_stopped ? end_timeout_ns : stop_timeout_ns)) {
    return "its process did not end within " + std::to_string(stop_timeout_ns / one_second_ns) + " s and was killed";
  }
  if (!life.is_open && now_ns >= life.begun_ns + begin_timeout_ns) {
    return "its process did not begin within " + std::to_string(begin_timeout_ns / one_second_ns) + " s and was killed";
  }
  if (life.is_open && now_ns >= life.heard_ns + spec_.node.hang_timeout_ns) {
    return "its process said nothing for " + std::to_string(spec_.node.hang_timeout_ns / one_second_ns) +
           " s and was killed";
  }
  return {};
}

std::string IsolatedNode::how_it_ended(Life& life) {
  if (!life.failure.empty()) { return life.failure; }
  if (stop_wanted_ && (life.has_stopped || !life.is_open)) { return {}; }
  return "its process " + life.process.end();
}

}  // namespace culvert::isolation
