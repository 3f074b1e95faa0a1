// SPDX-License-Identifier: MIT
#include "core/isolation/forwarder.hpp"

#include "core/util/clock.hpp"
#include "core/util/memory.hpp"

#include <pthread.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace culvert::isolation {
namespace {

// Room that another node's routes give back to the common budget, and memory, ring no bell here.
constexpr int64_t retry_ns = 50 * one_ms_ns;
constexpr int64_t answer_retry_ns = 10 * one_ms_ns;
constexpr int64_t last_arrival_ns = one_second_ns;
// After so many messages answers leave.
constexpr int turn_messages = 256;

}  // namespace

Forwarder::Forwarder(std::shared_ptr<NodeEnds> ends, const ClockWatch* clock)
    : ends_{std::move(ends)}, doorbell_{ends_->doorbell}, fanout_{ends_->fanout}, clock_{clock} {}

Forwarder::~Forwarder() {
  stop();
  if (inbox_) { inbox_->close(); }
}

void Forwarder::start(Window window) {
  window_ = window;
  inbox_.emplace(doorbell_);
  thread_ = std::thread{[this] { run(); }};
  pthread_setname_np(thread_.native_handle(), "forwarder");
}

std::size_t Forwarder::stop() noexcept {
  stop_wanted_ = true;
  doorbell_.ring();
  if (thread_.joinable()) { thread_.join(); }
  return inbox_ ? inbox_->waiting() : 0;
}

void Forwarder::hurry() noexcept {
  fanout_.hurry();
  doorbell_.ring();
}

void Forwarder::keep_all() noexcept {
  keeps_all_ = true;
  doorbell_.ring();
}

void Forwarder::open(Descriptor socket, uint64_t epoch) {
  {
    const std::lock_guard lock{mutex_};
    wish_ = Wish{std::move(socket), epoch};
    has_trouble_ = is_cut_ = false;
  }
  doorbell_.ring();
}

void Forwarder::end_input() {
  {
    const std::lock_guard lock{mutex_};
    wish_.reset();
    is_ending_ = true;
  }
  doorbell_.ring();
}

uint64_t Forwarder::taken(uint64_t epoch) const {
  const std::lock_guard lock{mutex_};
  return epoch == epoch_ ? taken_ : 0;
}

// What this thread has not taken from the fan-out yet counts as well, unless others have worked at it before.
uint64_t Forwarder::ended(uint64_t epoch) const {
  const std::lock_guard lock{mutex_};
  // In this order: what is placed meanwhile makes it less.
  const uint64_t placed = epoch == epoch_ ? taken_ : 0;
  return placed - std::min<uint64_t>({placed, following_, fanout_.followed()});
}

void Forwarder::wake_at(int64_t at_ns) noexcept { wake_ns_ = std::min(wake_ns_, at_ns); }

void Forwarder::run() noexcept {
  while (!stop_wanted_) {
    doorbell_.wait_until(wake_ns_);
    step();
  }
  // What a child has sent before its end is in a socket of ours, and comes at once.
  const int64_t deadline_ns = monotonic_ns() + last_arrival_ns;
  while (place_some() || (is_arriving() && monotonic_ns() < deadline_ns)) {
    if (is_arriving()) { doorbell_.wait_until(std::min(deadline_ns, monotonic_ns() + retry_ns)); }
  }
}

// Whether a step has.
bool Forwarder::place_some() {
  const std::size_t before = inbox_->waiting();
  step();
  return inbox_->waiting() < before || wake_ns_ == 0;
}

bool Forwarder::is_arriving() const {
  const std::lock_guard lock{mutex_};
  return is_open_ && is_ending_ && !inbox_->has_all();
}

void Forwarder::step() {
  wake_ns_ = INT64_MAX;
  begin_epoch();
  take_ended();
  inbox_->take_arrivals();
  place_all();
  count_damaged();
  if (is_open_ && !inbox_->answer()) { wake_at(monotonic_ns() + answer_retry_ns); }
  wake_at(fanout_.send_due(monotonic_ns()));
}

// The next one, when there is nothing left of this.
void Forwarder::begin_epoch() {
  const std::lock_guard lock{mutex_};
  if (is_open_ && is_ending_) {
    inbox_->end_input();
    // In this order: what came just before the end is seen.
    const bool has_all = inbox_->has_all();
    inbox_->take_arrivals();
    if (!has_all || inbox_->next() != Inbox::nothing) { return; }
    inbox_->close();
    is_open_ = false;
  }
  is_ending_ = false;
  is_cut_ = is_open_ && inbox_->has_all();
  if (!wish_ || is_open_) { return; }
  try {
    Wish wish = std::move(*wish_);
    wish_.reset();
    epoch_ = wish.epoch;
    instance_ = ++ends_->instances;
    taken_ = following_ = 0;
    followed_.clear();
    followed_bytes_ = 0;
    inbox_->open(std::move(wish.socket), wish.epoch);
    is_open_ = true;
  } catch (const std::exception&) { has_trouble_ = true; }
}

void Forwarder::take_ended() {
  fanout_.take_ended(ended_);
  for (const Ended& end : ended_) {
    // Of a child before this one, nobody wants to know.
    if (end.origin.instance != instance_) { continue; }
    unfollow(end.origin.number);
    inbox_->end_handed_over(end.origin.number, end.status);
  }
  ended_.clear();
}

void Forwarder::count_damaged() {
  const InboxCounters& counters = inbox_->counters();
  const uint64_t damaged = counters.damaged_frames + counters.damaged_entries;
  if (damaged > damaged_) { fanout_.count_damaged(damaged - std::exchange(damaged_, damaged)); }
}

void Forwarder::follow(uint64_t seq, std::size_t bytes) {
  followed_.emplace(seq, bytes);
  followed_bytes_ += bytes;
}

void Forwarder::unfollow(uint64_t seq) noexcept {
  const auto found = followed_.find(seq);
  if (found == followed_.end()) { return; }
  followed_bytes_ -= found->second;
  followed_.erase(found);
}

// Whether the child may have to wait with what would go into its next frame.
bool Forwarder::is_narrow() const noexcept {
  const uint64_t frame = std::min<uint64_t>(max_frame_messages, window_.messages / 4);
  return followed_.size() + frame > window_.messages || followed_bytes_ + max_frame_bytes > window_.bytes;
}

void Forwarder::place_all() {
  uint64_t placed = 0;
  for (; placed < turn_messages; ++placed) {
    const uint64_t number = inbox_->next();
    if (number == Inbox::nothing) {
      // All that may be here is here: what gathers may be what everybody waits for.
      if (fanout_.gathers() && is_narrow()) { fanout_.flush(); }
      break;
    }
    // An honest child has no more on its way once it is told to be quiet.
    is_forced_ = keeps_all_ && forced_ < window_.messages;
    if (is_memory_short() || (!is_forced_ && !fanout_.has_room()) || !place(number)) {
      wake_at(monotonic_ns() + retry_ns);
      break;
    }
    if (is_forced_) { ++forced_; }
  }
  if (placed == turn_messages) { wake_ns_ = 0; }
  const std::lock_guard lock{mutex_};
  taken_ += placed;
  following_ = followed_.size();
}

// False when there is no room for it, or no memory.
bool Forwarder::place(uint64_t number) {
  const uint64_t seq = inbox_->seq(number);
  try {
    const culvert_message* message = inbox_->message(number);
    if (message == nullptr) {
      inbox_->reject(number, "its bytes are no message");
      return true;
    }
    if (place(number, *message)) { return true; }
  } catch (const PlacingFailed& failed) {
    unfollow(seq);
    inbox_->reject(number, failed.what());
    return true;
  } catch (const std::exception&) {}
  unfollow(seq);
  return false;
}

bool Forwarder::place(uint64_t number, const culvert_message& message) {
  culvert_message sent = message;
  sent.flags &= ~unfollowed_flag;
  BootTime boot_ns;
  if (counts_from_boot(sent)) {
    boot_ns = sent.time_ns;
    sent = wall_times_.of(sent, wall_zero_ns(), clock_ == nullptr || clock_->is_set());
  }
  if (!inbox_->is_followed(number)) {
    if (fanout_.emit(sent, {}, boot_ns, is_forced_) != CULVERT_OK) { return false; }
    inbox_->hold(number, false, false, monotonic_ns());
    return true;
  }
  const uint64_t seq = inbox_->seq(number);
  // Before it is placed: nothing behind that may fail.
  follow(seq, inbox_->bytes(number));
  if (fanout_.emit(sent, {Origin::Kind::input, seq, instance_}, boot_ns, is_forced_) != CULVERT_OK) { return false; }
  inbox_->hand_over(number);
  return true;
}

}  // namespace culvert::isolation
