// SPDX-License-Identifier: MIT
#include "relay.hpp"

#include "clock.hpp"
#include "neighbours.hpp"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace culvert::mqtt {

Relay::Relay(Flow& flow, PacketIds& ids, RelayListener& listener)
    : flow_{flow}, ids_{ids}, listener_{listener}, bell_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
  if (!bell_) { throw std::system_error{errno, std::generic_category(), "make an eventfd"}; }
  // Signals are the business of the process: this thread takes none.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread{[this] { run(); }};
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  Neighbours::all().join(*this);
}

template <class Set>
void Relay::give(Set set) {
  {
    const std::lock_guard lock{mutex_};
    set(orders_);
  }
  eventfd_write(bell_.get(), 1);
}

Relay::~Relay() {
  Neighbours::all().leave(*this);
  give([](Orders& orders) {
    orders.cut = "stopped";
    orders.stop = true;
  });
  thread_.join();
}

void Relay::dial(Destination destination) {
  guard_orders_.disconnect_expected = false;
  guard_orders_.parting_ns = GuardOrders::short_parting_ns;
  guard_orders_.takes_publishes = false;
  guard_orders_.resumes = destination.resumes;
  guard_orders_.clean_start = destination.clean_start;
  guard_orders_.keeps_session = destination.keeps_session;
  give([&](Orders& orders) { orders.dial = std::move(destination); });
}
void Relay::probe(Destination destination) {
  give([&](Orders& orders) { orders.probe = std::move(destination); });
}
void Relay::cut(std::string why) {
  give([&](Orders& orders) { orders.cut = std::move(why); });
}
void Relay::take_publishes() {
  guard_orders_.takes_publishes = true;
  give([](Orders& orders) { orders.go_on = true; });
}
void Relay::renew_ids() {
  give([](Orders& orders) { orders.renew_ids = true; });
}
void Relay::settle(const std::vector<uint64_t>& numbers, bool confirm) {
  give([&](Orders& orders) {
    orders.settled.insert(orders.settled.end(), numbers.begin(), numbers.end());
    orders.confirm |= confirm;
  });
}

void Relay::wake_paho() {
  give([](Orders& orders) { orders.wake_paho = true; });
}

void Relay::take_orders() {
  eventfd_t rung = 0;
  eventfd_read(bell_.get(), &rung);
  Orders orders;
  {
    const std::lock_guard lock{mutex_};
    std::swap(orders, orders_);
  }
  stopping_ |= orders.stop;
  if (orders.renew_ids) { ids_.renew(); }
  take_settled(orders);
  if (orders.wake_paho && connection_) { connection_->guard().wake_paho(); }
  if (orders.go_on && connection_) { connection_->go_on(now_ns()); }
  if (orders.cut && destination_) { end({.why = *orders.cut}); }
  if (orders.dial && !destination_) {
    destination_ = std::move(orders.dial);
    gate_.choose(destination_->url.text);
    paho_fits_ = lacks_descriptors_ = false;
    deadline_ns_ = now_ns() + destination_->timeout_ns;
    try {
      dial_ = std::make_unique<Dial>(resolver_, destination_->url, destination_->reach, deadline_ns_);
    } catch (const std::exception& error) { end({.why = error.what()}); }
  }
  if (!orders.probe) { return; }
  try {
    const int64_t until_ns = now_ns() + orders.probe->timeout_ns;
    probe_ = std::make_unique<Dial>(probe_resolver_, orders.probe->url, orders.probe->reach, until_ns);
  } catch (const std::exception& error) { listener_.on_probed(error.what()); }
}

void Relay::take_settled(const Orders& orders) {
  if (orders.settled.empty() && !orders.confirm) { return; }
  for (const uint64_t number : orders.settled) { gate_.settle(number); }
  // Without a connection the rest is left to the next one, which begins with what is confirmed.
  if (connection_ && connection_->guard().accepted()) { connection_->answer(orders.confirm, now_ns()); }
}

void Relay::run() noexcept {
  // The default slack of 50 us would make half as much again of the time for which packets are gathered.
  prctl(PR_SET_TIMERSLACK, 5'000UL);
  prctl(PR_SET_NAME, "mqtt-relay");
  while (!stopping_) {
    try {
      wait();
    } catch (const std::exception& error) {
      end({.why = error.what()});
      // What failed may fail again at once, such as to wait for anything.
      std::this_thread::sleep_for(std::chrono::milliseconds{100});
    }
  }
}

// One turn: sleeps until something can be done, and does it.
void Relay::wait() {
  enum { bell, door, first, second, probe, parting, count };
  pollfd polled[count] = {{bell_.get(), POLLIN, 0}, {-1, 0, 0}, {-1, 0, 0}, {-1, 0, 0}, {-1, 0, 0}, {-1, 0, 0}};
  int64_t now = now_ns();
  int64_t until = KeepAlive::never;
  if (connection_) {
    const auto wish = connection_->wish(now);
    if (wish.paho != 0) { polled[first] = {connection_->paho(), wish.paho, 0}; }
    if (wish.broker != 0) { polled[second] = {connection_->broker(), wish.broker, 0}; }
    until = wish.until_ns;
  } else if (reached_) {
    until = deadline_ns_;
  } else if (dial_) {
    const auto wish = dial_->wish();
    polled[first] = {wish.descriptor, wish.events, 0};
    until = wish.until_ns;
  }
  if (probe_) {
    const auto wish = probe_->wish();
    polled[probe] = {wish.descriptor, wish.events, 0};
    until = std::min(until, wish.until_ns);
  }
  if (parting_) { polled[parting] = {parting_.get(), POLLIN, 0}; }
  const bool looks = !connection_ && destination_ && paho_ && !paho_fits_;
  if (looks) { polled[second] = {paho_.get(), POLLIN, 0}; }
  // Also without a dial: whoever connects then is turned away instead of waiting in the kernel's queue.
  if (now >= door_shut_until_ns_) {
    polled[door] = {door_.descriptor(), POLLIN, 0};
  } else {
    until = std::min(until, door_shut_until_ns_);
  }

  const int64_t left = std::max<int64_t>(0, until - now);
  const timespec timeout{left / 1'000'000'000, left % 1'000'000'000};
  if (ppoll(polled, count, until == KeepAlive::never ? nullptr : &timeout, nullptr) < 0 && errno != EINTR) {
    throw std::system_error{errno, std::generic_category(), "poll"};
  }
  now = now_ns();
  if (polled[bell].revents != 0) { take_orders(); }
  if (looks && polled[second].revents != 0) { look_at_paho(); }
  if (connection_) {
    step_connection(polled[first].revents != 0, polled[second].revents != 0, now);
  } else if (dial_ && !reached_) {
    step_dial(now);
  } else if (reached_ && now >= deadline_ns_) {
    end({.why = lacks_descriptors_ ? "no file descriptor is left for the MQTT client: raise the limit (ulimit -n)"
                                   : "the MQTT client did not connect to its relay in time"});
  }
  if (probe_ && (polled[probe].revents != 0 || now >= probe_->wish().until_ns)) { step_probe(now); }
  if (polled[parting].revents != 0) { step_parting(); }
  if (polled[door].revents != 0) { step_door(now); }
}

void Relay::step_probe(int64_t now) {
  std::string why;
  try {
    if (!probe_->step(now)) { return; }
    // That it is reached is all there is to know: it hears goodbye, and never a CONNECT.
    probe_->take().close();
  } catch (const std::exception& error) { why = error.what(); }
  probe_.reset();
  listener_.on_probed(why);
}

void Relay::step_connection(bool paho_ready, bool broker_ready, int64_t now) {
  if (connection_->step(paho_ready, broker_ready, now)) { return; }
  const Guard& guard = connection_->guard();
  end({.why = connection_->why(),
       .reason = guard.reason(),
       .accepted = guard.accepted(),
       .silent_on_connect = connection_->closed_on_connect(),
       .hung_up = connection_->hung_up(),
       .server_reference = guard.server_reference()});
}

void Relay::step_dial(int64_t now) {
  try {
    if (!dial_->step(now)) { return; }
  } catch (const std::exception& error) { return end({.why = error.what()}); }
  reached_ = true;
  forget_handshakes();
  const std::string description = dial_->description();
  upstream_.emplace(dial_->take());
  listener_.on_reached(description);
  if (paho_fits_) {
    join();
  } else {
    // Paho may be a second late, whatever time the broker was given.
    deadline_ns_ = std::max(deadline_ns_, now + 3'000'000'000);
  }
}

void Relay::step_door(int64_t now) {
  Descriptor visitor;
  switch (door_.accept(visitor)) {
    case Door::Visit::let_in:
      break;
    case Door::Visit::gone:
      return;
    case Door::Visit::refused:
      return listener_.on_intruder();
    case Door::Visit::full:
      lacks_descriptors_ = true;
      [[fallthrough]];
    case Door::Visit::none:
      // Without a descriptor to spare the waiting connection stays, and poll() would answer at once for ever.
      door_shut_until_ns_ = now + 100'000'000;
      return;
  }
  if (connection_) { return; }
  paho_ = std::move(visitor);
  paho_fits_ = false;
  // Paho looks at a new connection when there is something to read, there and on one that it knew before; else only
  // after a second.
  const auto hint = Guard::first_to_paho();
  static_cast<void>(send(paho_.get(), hint.data(), hint.size(), MSG_NOSIGNAL));
  Neighbours::all().wake_paho(*this);
}

// Paho may have been waiting since before the version changed: then it is sent away, and comes again with the other.
void Relay::look_at_paho() {
  if (!destination_) { return; }
  constexpr std::size_t level_at = 8;  // Paho's CONNECT is short: its length has one byte
  char head[level_at + 1];
  const ssize_t got = recv(paho_.get(), head, sizeof head, MSG_PEEK);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) { return; }
  const bool other = got == static_cast<ssize_t>(sizeof head) &&
                     static_cast<uint8_t>(head[level_at]) != static_cast<uint8_t>(destination_->version);
  if (got <= 0 || other) { return paho_.close(); }
  paho_fits_ = true;
  if (reached_) { join(); }
}

void Relay::join() {
  Guard guard{destination_->version,
              destination_->connect,
              destination_->topic_alias,
              {flow_, gate_, ids_, listener_, guard_orders_}};
  connection_ = std::make_unique<Connection>(std::move(*upstream_), std::move(paho_), std::move(guard),
                                             destination_->keep_alive_s, deadline_ns_);
  upstream_.reset();
  paho_fits_ = false;
}

// Paho sees the end of what it reads, and closes its own. Until then what it writes is taken and thrown away: a write
// that fails makes Paho give up a message that it sends once more all the same when the session is resumed.
void Relay::part(Descriptor paho) noexcept {
  ::shutdown(paho.get(), SHUT_WR);
  parting_ = std::move(paho);
  step_parting();
}

void Relay::step_parting() noexcept {
  char bytes[4096];
  ssize_t got = 0;
  do { got = recv(parting_.get(), bytes, sizeof bytes, 0); } while (got > 0 || (got < 0 && errno == EINTR));
  if (got == 0 || errno != EAGAIN) { parting_.close(); }
}

// A connection is closed before the listener hears of it, so that Paho hears of it too. A Paho that still waits for the
// broker goes on waiting.
void Relay::end(const Ending& ending) {
  if (connection_) {
    part(connection_->close());
    gate_.leave();
    listener_.on_confirmed(gate_.answered(), true);
  }
  connection_.reset();
  if (upstream_) { upstream_->close(); }
  upstream_.reset();
  dial_.reset();
  forget_handshakes();
  reached_ = false;
  if (destination_) {
    destination_.reset();
    listener_.on_ended(ending);
  }
}

}  // namespace culvert::mqtt
