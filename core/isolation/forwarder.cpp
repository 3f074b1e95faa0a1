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
// After so many messages answers leave.
constexpr int turn_messages = 256;

}  // namespace

Forwarder::Forwarder(const std::string& node, const std::string& runtime, uint64_t run_id, Budget& budget,
                     const ClockWatch* clock)
    : fanout_{node, runtime, run_id, budget, doorbell_}, clock_{clock} {}

Forwarder::~Forwarder() {
  stop();
  if (inbox_) { inbox_->close(); }
  fanout_.close();
}

void Forwarder::start(Inbox::Window window) {
  inbox_.emplace(doorbell_, window);
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

void Forwarder::open(Descriptor socket, uint64_t epoch) {
  {
    const std::lock_guard lock{mutex_};
    wish_ = Wish{std::move(socket), epoch};
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

void Forwarder::wake_at(int64_t at_ns) noexcept { wake_ns_ = std::min(wake_ns_, at_ns); }

void Forwarder::run() noexcept {
  while (!stop_wanted_) {
    doorbell_.wait_until(wake_ns_);
    step();
  }
  step();
}

void Forwarder::step() {
  wake_ns_ = INT64_MAX;
  begin_epoch();
  take_ended();
  inbox_->take_arrivals();
  place_all();
  if (!inbox_->answer()) { wake_at(monotonic_ns() + answer_retry_ns); }
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
  if (!wish_ || is_open_) { return; }
  try {
    Wish wish = std::move(*wish_);
    wish_.reset();
    epoch_ = wish.epoch;
    taken_ = 0;
    inbox_->open(std::move(wish.socket), wish.epoch);
    is_open_ = true;
  } catch (const std::exception&) { has_trouble_ = true; }
}

void Forwarder::take_ended() {
  fanout_.take_ended(ended_);
  for (const Ended& end : ended_) { inbox_->end_children(end.origin.number, end.status); }
  ended_.clear();
}

void Forwarder::place_all() {
  uint64_t placed = 0;
  for (; placed < turn_messages; ++placed) {
    const uint64_t number = inbox_->next();
    if (number == Inbox::nothing) {
      // All that may be here is here: what gathers may be what everybody waits for.
      if (fanout_.gathers() && inbox_->is_narrow()) { fanout_.flush(); }
      break;
    }
    if (is_memory_short() || !fanout_.has_room() || !place(number)) {
      wake_at(monotonic_ns() + retry_ns);
      break;
    }
  }
  if (placed == turn_messages) { wake_ns_ = 0; }
  const std::lock_guard lock{mutex_};
  taken_ += placed;
}

// False when there is no room for it, or no memory.
bool Forwarder::place(uint64_t number) {
  try {
    const culvert_message* message = inbox_->message(number);
    if (message == nullptr) {
      inbox_->reject(number, "its bytes are no message");
      return true;
    }
    culvert_message sent = *message;
    BootTime boot_ns;
    if (counts_from_boot(sent)) {
      boot_ns = sent.time_ns;
      sent = wall_times_.of(*message, wall_zero_ns(), clock_ == nullptr || clock_->is_set());
    }
    const bool is_followed = inbox_->is_followed(number);
    const Origin origin = is_followed ? Origin{Origin::Kind::input, number} : Origin{};
    if (fanout_.emit(sent, origin, boot_ns) != CULVERT_OK) { return false; }
    inbox_->hold(number, false, is_followed, monotonic_ns());
  } catch (const PlacingFailed& failed) { inbox_->reject(number, failed.what()); } catch (const std::exception&) {
    return false;
  }
  return true;
}

}  // namespace culvert::isolation
