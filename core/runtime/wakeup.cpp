// SPDX-License-Identifier: MIT
#include "core/runtime/wakeup.hpp"

#include "core/util/clock.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace culvert {

namespace {

sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) { sigaddset(&set, signal); }
  return set;
}

}  // namespace

Wakeup::Wakeup() {
  const sigset_t set = ending_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // A far end that closes is an error code to those who write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  signals_ = Descriptor{signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
  rings_ = Descriptor{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  if (!signals_ || !rings_) { throw std::system_error{errno, std::generic_category(), "open what to wait on"}; }
}

void Wakeup::let_signals_kill() {
  const sigset_t set = ending_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void Wakeup::ring() noexcept {
  const uint64_t one = 1;
  // It fails only when the counter is at its end: then it rings already.
  [[maybe_unused]] const ssize_t written = write(rings_.get(), &one, sizeof one);
}

int Wakeup::wait(int64_t timeout_ns) {
  pollfd watched[] = {{signals_.get(), POLLIN, 0}, {rings_.get(), POLLIN, 0}};
  const timespec timeout{timeout_ns / one_second_ns, timeout_ns % one_second_ns};
  if (ppoll(watched, 2, timeout_ns < 0 ? nullptr : &timeout, nullptr) <= 0) { return 0; }
  uint64_t rings = 0;
  [[maybe_unused]] const ssize_t taken = read(rings_.get(), &rings, sizeof rings);
  signalfd_siginfo info{};
  return read(signals_.get(), &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

}  // namespace culvert
