// SPDX-License-Identifier: MIT
#include "core/runtime/wakeup.hpp"

#include "core/util/clock.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace culvert {

namespace {
constexpr int64_t one_wish_ns = 500 * one_ms_ns;

bool has_terminal() noexcept {
  return static_cast<bool>(Descriptor{open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC)});
}

}  // namespace

Wakeup::Wakeup() : had_terminal_{has_terminal()} {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    struct sigaction before {};
    sigaction(signal, nullptr, &before);
    if (signal != SIGHUP || before.sa_handler != SIG_IGN) { sigaddset(&set, signal); }
  }
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // A far end that closes is an error code to those who write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  signals_ = Descriptor{signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
  if (!signals_) { throw std::system_error{errno, std::generic_category(), "open what to wait on"}; }
}

int Wakeup::wait(int64_t timeout_ns) {
  pollfd watched[] = {{signals_.get(), POLLIN, 0}, {rings_.descriptor(), POLLIN, 0}};
  const timespec timeout{timeout_ns / one_second_ns, timeout_ns % one_second_ns};
  if (ppoll(watched, 2, timeout_ns < 0 ? nullptr : &timeout, nullptr) <= 0) { return 0; }
  rings_.answer();
  signalfd_siginfo info{};
  return read(signals_.get(), &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

bool Wakeup::has_lost_terminal() const noexcept { return had_terminal_ && !has_terminal(); }

void Wakeup::end_at_next_signal() noexcept {
  static std::atomic<int64_t> begun_ns{0};
  begun_ns = monotonic_ns();
  struct sigaction action {};
  // timeout(1) and a terminal send a signal to the process and again to its group: the two are one wish.
  action.sa_handler = [](int signal) {
    if (monotonic_ns() - begun_ns >= one_wish_ns) { _exit(128 + signal); }
  };
  sigset_t ending;
  sigemptyset(&ending);
  for (const int signal : {SIGTERM, SIGINT}) {
    sigaction(signal, &action, nullptr);
    sigaddset(&ending, signal);
  }
  pthread_sigmask(SIG_UNBLOCK, &ending, nullptr);
}

}  // namespace culvert
