// SPDX-License-Identifier: MIT
#include "core/app/first_process.hpp"

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

namespace culvert {
namespace {

constexpr pid_t first = 1;

/// All but those of a mistake of this process's own.
sigset_t signals_of_others() noexcept {
  sigset_t set;
  sigfillset(&set);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) { sigdelset(&set, fault); }
  return set;
}

/// Asks for the end of each child that has ended. The status of `program` when it is one of these.
std::optional<int> take_ends(pid_t program) noexcept {
  std::optional<int> end;
  int status = 0;
  for (pid_t ended = 0; (ended = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (ended == program) { end = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }
  }
  return end;
}

}  // namespace

std::optional<int> serve_as_first_process() {
  if (getpid() != first) { return {}; }
  // Blocked from before the fork on, so that none is lost.
  const sigset_t awaited = signals_of_others();
  sigset_t before;
  sigprocmask(SIG_BLOCK, &awaited, &before);
  const pid_t program = fork();
  if (program <= 0) {
    if (program < 0) {
      std::fprintf(stderr, "culvert: process 1 can't start another, so that orphans of plugins stay zombies: %s\n",
                   std::strerror(errno));
    }
    sigprocmask(SIG_SETMASK, &before, nullptr);
    return {};
  }
  for (;;) {
    siginfo_t info{};
    const int signal = sigwaitinfo(&awaited, &info);
    if (signal == SIGCHLD) {
      if (const std::optional<int> end = take_ends(program)) { return end; }
    } else if (signal > 0 && info.si_code <= 0) {
      // What comes from the kernel, such as ^C at a terminal, comes to the whole group.
      ::kill(program, signal);
    }
  }
}

}  // namespace culvert
