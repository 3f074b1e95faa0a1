// SPDX-License-Identifier: MIT
#include "core/lib/nng/responder.hpp"

#include "core/lib/nng/error.hpp"
#include "core/lib/nng/reception.hpp"
#include "core/lib/nng/requester.hpp"

#include <nng/protocol/reqrep0/rep.h>
#include <pthread.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace culvert::nng {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

Responder::Responder(std::string path, const Limits& limits, Admit admit, Answer answer)
    : path_{std::move(path)}, limits_{limits}, admit_{std::move(admit)}, answer_{std::move(answer)} {
  check(nng_rep0_open(&socket_), "open a responder");
  try {
    check(nng_pipe_notify(socket_, NNG_PIPE_EV_ADD_PRE, on_join, this), "watch who connects");
    check(nng_pipe_notify(socket_, NNG_PIPE_EV_REM_POST, on_leave, this), "watch who leaves");
    listen();
    thread_ = std::thread{[this] { run(); }};
  } catch (...) {
    nng_close(socket_);
    throw;
  }
  pthread_setname_np(thread_.native_handle(), "control");
}

Responder::~Responder() {
  {
    const std::lock_guard lock{mutex_};
    is_ending_ = true;
  }
  joined_.notify_all();
  nng_close(socket_);
  thread_.join();
}

void Responder::listen() {
  const std::string what = "listen on '" + path_ + "'";
  check(nng_listener_create(&listener_, socket_, ("ipc://" + path_).c_str()), what.c_str());
  check(nng_listener_set_int(listener_, NNG_OPT_IPC_PERMISSIONS, 0600), what.c_str());
  check(nng_listener_set_size(listener_, NNG_OPT_RECVMAXSZ, limits_.request_bytes), what.c_str());
  check(nng_listener_start(listener_, 0), what.c_str());
}

// A pipe that is closed here never becomes one of the socket.
void Responder::on_join(nng_pipe pipe, nng_pipe_ev, void* self) noexcept {
  auto& responder = *static_cast<Responder*>(self);
  bool has_place = false;
  {
    const std::lock_guard lock{responder.mutex_};
    has_place = ++responder.connections_ <= responder.limits_.connections;
    ++responder.joins_;
  }
  responder.joined_.notify_all();
  uint64_t uid = 0;
  const bool is_known = nng_pipe_get_uint64(pipe, NNG_OPT_IPC_PEER_UID, &uid) == 0;
  if (!is_known || !responder.admit_(uid) || !has_place) { nng_pipe_close(pipe); }
}

void Responder::on_leave(nng_pipe, nng_pipe_ev, void* self) noexcept {
  auto& responder = *static_cast<Responder*>(self);
  const std::lock_guard lock{responder.mutex_};
  --responder.connections_;
}

void Responder::run() noexcept {
  try {
    Reception reception;
    reception.begin(socket_);
    auto probe_at = Clock::now() + limits_.probe;
    for (;;) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(probe_at - Clock::now());
      if (reception.wait_for(std::max(left, std::chrono::milliseconds{0}))) {
        Message request;
        // Any error here means that the socket is being closed.
        if (reception.end(request) != 0) { return; }
        answer(request.bytes());
        reception.begin(socket_);
      }
      if (Clock::now() >= probe_at) {
        heal();
        probe_at = Clock::now() + limits_.probe;
      }
    }
  } catch (const std::exception&) {
    // No memory at the very start, or the clock is broken: the socket stays, and nobody answers.
  }
}

void Responder::answer(std::string_view request) {
  // Whoever asks without end gets a fifth of one core.
  constexpr int rest = 4;
  constexpr Clock::duration longest_rest = std::chrono::milliseconds{100};
  const auto begun = Clock::now();
  try {
    Message made{answer_(request), {}};
    // Who does not read one answer gets no second one: nothing waits for them here.
    if (nng_sendmsg(socket_, made.get(), NNG_FLAG_NONBLOCK) == 0) { made.release(); }
  } catch (const std::exception&) {
    // There is no memory for this answer; the one who asked gives up by themselves.
  }
  std::this_thread::sleep_for(std::min(rest * (Clock::now() - begun), longest_rest));
}

bool Responder::takes_connections() {
  constexpr std::chrono::seconds patience{2};
  const auto joins = [this] {
    const std::lock_guard lock{mutex_};
    return joins_;
  };
  const uint64_t before = joins();
  try {
    const Requester probe{path_};
    // Given back before the probe is closed, which waits for `on_leave`.
    std::unique_lock lock{mutex_};
    return joined_.wait_for(lock, patience, [&] { return joins_ != before || is_ending_; });
  } catch (const std::system_error&) { return false; }
}

void Responder::heal() {
  if (takes_connections()) { return; }
  nng_listener_close(listener_);
  try {
    listen();
  } catch (const std::exception&) {
    // The next look tries again.
  }
}

}  // namespace culvert::nng
