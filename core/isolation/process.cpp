// SPDX-License-Identifier: MIT
#include "core/isolation/process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <system_error>
#include <vector>

extern char** environ;

namespace culvert::isolation {
namespace {

// What a plugin finds its libraries, texts and time by. All else may be a secret of the configuration's.
constexpr std::string_view kept_variables[] = {"PATH",          "HOME",        "LANG", "LANGUAGE",        "TZ",
                                               "TMPDIR",        "NO_COLOR",    "TERM", "LD_LIBRARY_PATH", "LD_PRELOAD",
                                               "SSL_CERT_FILE", "SSL_CERT_DIR"};
// The last are those of the sanitizers.
constexpr std::string_view kept_beginnings[] = {"LC_", "ASAN_", "LSAN_", "TSAN_", "UBSAN_", "CULVERT_TEST_"};

bool is_kept(std::string_view variable) noexcept {
  const std::string_view name = variable.substr(0, variable.find('='));
  return std::find(std::begin(kept_variables), std::end(kept_variables), name) != std::end(kept_variables) ||
         std::any_of(std::begin(kept_beginnings), std::end(kept_beginnings),
                     [&](std::string_view beginning) { return name.starts_with(beginning); });
}

std::vector<char*> clean_environment() {
  std::vector<char*> kept;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (is_kept(*variable)) { kept.push_back(*variable); }
  }
  kept.push_back(nullptr);
  return kept;
}

struct Actions {
  posix_spawn_file_actions_t raw{};
  explicit Actions(int control) {
    posix_spawn_file_actions_init(&raw);
    posix_spawn_file_actions_addopen(&raw, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    // The same number twice only takes the close-on-exec away.
    posix_spawn_file_actions_adddup2(&raw, control, control_descriptor);
    posix_spawn_file_actions_addclosefrom_np(&raw, control_descriptor + 1);
  }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  ~Actions() { posix_spawn_file_actions_destroy(&raw); }
};

struct Attributes {
  posix_spawnattr_t raw{};
  Attributes() {
    posix_spawnattr_init(&raw);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&raw, &none);
    posix_spawnattr_setsigdefault(&raw, &all);
    // A group of its own: ^C at a terminal is the runtime's to answer.
    posix_spawnattr_setpgroup(&raw, 0);
    posix_spawnattr_setflags(&raw, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() { posix_spawnattr_destroy(&raw); }
};

std::string signal_name(int number) {
  const char* name = sigabbrev_np(number);
  return name == nullptr ? "signal " + std::to_string(number) : "SIG" + std::string{name};
}

}  // namespace

Process::Process(const std::string& program, const Descriptor& control) {
  const Actions actions{control.get()};
  const Attributes attributes;
  std::vector<char*> environment = clean_environment();
  std::string name{"culvert-node"};
  char* arguments[] = {name.data(), nullptr};
  const int error = posix_spawn(&pid_, program.c_str(), &actions.raw, &attributes.raw, arguments, environment.data());
  if (error != 0) { throw std::system_error{error, std::generic_category(), "run '" + program + "'"}; }
  ended_ = Descriptor{static_cast<int>(syscall(SYS_pidfd_open, pid_, 0))};
  if (!ended_) {
    const int why = errno;
    kill();
    throw std::system_error{why, std::generic_category(), "watch a process"};
  }
}

Process::~Process() {
  if (!has_ended_) { kill(); }
}

bool Process::has_ended() noexcept {
  if (has_ended_) { return true; }
  siginfo_t end{};
  const int result = waitid(P_PIDFD, static_cast<id_t>(ended_.get()), &end, WEXITED | WNOHANG | WNOWAIT);
  if (result == 0 && end.si_pid == 0) { return false; }
  take_end();
  return true;
}

void Process::kill() noexcept {
  if (has_ended_) { return; }
  // By its number is safe: until its end is taken nobody else gets that.
  ::kill(pid_, SIGKILL);
  take_end();
}

// Its number is the group's as well, and ours until it is waited for.
void Process::take_end() noexcept {
  siginfo_t end{};
  while (waitid(P_PID, static_cast<id_t>(pid_), &end, WEXITED | WNOWAIT) != 0 && errno == EINTR) {}
  if (end.si_pid == pid_) { ::kill(-pid_, SIGKILL); }
  while (waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {}
  has_ended_ = true;
}

std::string Process::end() const {
  if (WIFSIGNALED(status_)) { return "ended by " + signal_name(WTERMSIG(status_)); }
  return "ended with " + std::to_string(WEXITSTATUS(status_));
}

}  // namespace culvert::isolation
