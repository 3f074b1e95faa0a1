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
    : fanout_{node, runtime, run_id, budget, doorbell_}, inbox_{doorbell_}, clock_{clock} {}

Forwarder::~Forwarder() {
  stop();
  inbox_.close();
  fanout_.close();
}

void Forwarder::start() {
  thread_ = std::thread{[this] { run(); }};
  pthread_setname_np(thread_.native_handle(), "forwarder");
}

void Forwarder::stop() noexcept {
  stop_wanted_ = true;
  doorbell_.ring();
  if (thread_.joinable()) { thread_.join(); }
}

void Forwarder::hurry() noexcept {
  fanout_.hurry();
  doorbell_.ring();
}

void Forwarder::open(const std::string& address, uint64_t epoch, uint64_t peer) { ask({address, epoch, peer}); }

void Forwarder::close() { ask({}); }

void Forwarder::ask(Wish wish) {
  std::unique_lock lock{mutex_};
  wish_ = std::move(wish);
  doorbell_.ring();
  obeyed_.wait(lock, [this] { return !wish_.has_value(); });
  if (trouble_) { throw std::system_error{std::exchange(trouble_, {}), "open the channel of an isolated node"}; }
}

void Forwarder::run() noexcept {
  while (!stop_wanted_) {
    doorbell_.wait_until(wake_ns_);
    step();
  }
  step();
}

void Forwarder::step() {
  wake_ns_ = INT64_MAX;
  obey();
  take_ended();
  inbox_.take_arrivals();
  place_all();
  if (!inbox_.answer()) { wake_ns_ = std::min(wake_ns_, monotonic_ns() + answer_retry_ns); }
  wake_ns_ = std::min(wake_ns_, fanout_.send_due(monotonic_ns()));
}

void Forwarder::obey() {
  const std::lock_guard lock{mutex_};
  if (!wish_) { return; }
  try {
    if (wish_->address.empty()) {
      inbox_.close();
    } else {
      inbox_.open(wish_->address, wish_->epoch, wish_->peer);
    }
  } catch (const std::system_error& error) { trouble_ = error.code(); } catch (const std::exception&) {
    trouble_ = std::make_error_code(std::errc::not_enough_memory);
  }
  wish_.reset();
  obeyed_.notify_all();
}

void Forwarder::take_ended() {
  fanout_.take_ended(ended_);
  for (const Ended& end : ended_) { inbox_.end_children(end.origin.number, end.status); }
  ended_.clear();
}

void Forwarder::place_all() {
  for (int left = turn_messages; left > 0; --left) {
    const uint64_t number = inbox_.next();
    if (number == Inbox::nothing) { return; }
    if (is_memory_short() || !fanout_.has_room() || !place(number)) {
      wake_ns_ = std::min(wake_ns_, monotonic_ns() + retry_ns);
      return;
    }
  }
  wake_ns_ = 0;
}

// False when there is no memory for it now.
bool Forwarder::place(uint64_t number) {
  try {
    const culvert_message* message = inbox_.message(number);
    if (message == nullptr) {
      inbox_.reject(number, "its bytes are no message");
      return true;
    }
    culvert_message sent = *message;
    BootTime boot_ns;
    if (counts_from_boot(sent)) {
      boot_ns = sent.time_ns;
      sent = wall_times_.of(*message, wall_zero_ns(), clock_ == nullptr || clock_->is_set());
    }
    if (fanout_.stage(sent, boot_ns) != CULVERT_OK) {
      fanout_.discard();
      inbox_.reject(number, "it is larger than a route's queue");
      return true;
    }
    inbox_.hold(number, false, fanout_.commit(number), monotonic_ns());
    return true;
  } catch (const std::exception&) {
    fanout_.discard();
    return false;
  }
}

}  // namespace culvert::isolation
