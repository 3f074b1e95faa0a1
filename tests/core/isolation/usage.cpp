// SPDX-License-Identifier: MIT
#include "core/isolation/usage.hpp"

#include "core/isolation/identity.hpp"

#include <doctest/doctest.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <functional>
#include <system_error>

namespace culvert::isolation {
namespace {

/// A process that takes so much memory, says so, hides it when it is told to, and waits for its end.
class Child {
 public:
  explicit Child(std::size_t bytes) {
    int words[2];
    REQUIRE(pipe(ends_) == 0);
    REQUIRE(pipe(words) == 0);
    pid_ = fork();
    if (pid_ == 0) {
      void* taken = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
      char word = 'x';
      if (taken == MAP_FAILED || write(ends_[1], &word, 1) != 1 || read(words[0], &word, 1) != 1) { _exit(1); }
      prctl(PR_SET_DUMPABLE, 0);  // As hide_memory() does, in a build with sanitizers too.
      if (write(ends_[1], &word, 1) != 1) { _exit(1); }
      for (;;) { pause(); }
    }
    close(words[0]);
    close(ends_[1]);
    words_ = words[1];
    wait();
  }
  ~Child() {
    end();
    close(ends_[0]);
    close(words_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const noexcept { return pid_; }
  void hide() {
    REQUIRE(write(words_, "x", 1) == 1);
    wait();
  }
  void end() {
    if (pid_ < 0) { return; }
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  void wait() {
    char said = 0;
    REQUIRE(read(ends_[0], &said, 1) == 1);
  }

  pid_t pid_ = -1;
  int ends_[2]{-1, -1}, words_ = -1;
};

/// What `body` answers in a process without rights, where /proc shows no process that it may not look into, as in a
/// service with ProtectProc=invisible.
std::string where_others_are_hidden(const std::function<std::string()>& body) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    std::string said = "no namespace";
    try {
      // In a chroot "/" may be no mount; "/proc" is one.
      if (unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/proc", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
          mount("proc", "/proc", "proc", 0, "hidepid=2") == 0) {
        become({65534, 65534, {}, "nobody"});
        // A change of the user hides it.
        prctl(PR_SET_DUMPABLE, 1);
        said = body();
      }
    } catch (const std::exception& error) { said = error.what(); }
    [[maybe_unused]] const ssize_t written = write(ends[1], said.data(), said.size());
    _exit(0);
  }
  close(ends[1]);
  char said[512] = {};
  const ssize_t size = read(ends[0], said, sizeof said);
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return {said, static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

/// Burns processor time until this process has used so much.
void use_until(int64_t used_ns) {
  while (cpu_time_ns(getpid()).value() < used_ns) {}
}

constexpr std::size_t much = 256 << 20;

}  // namespace

TEST_CASE("usage: a process that holds more than its memory is told of with both figures, one that holds less is not") {
  const Child child{much};
  Usage small{child.pid(), {uint64_t{64} << 20, {}}, 0};
  CHECK(small.is_limited());
  const std::string why = small.look(0);
  CHECK(why.starts_with("used "));
  CHECK(why.ends_with(" MiB of memory, its limit is 64 MiB"));
  CHECK(resident_bytes(memory_of(child.pid())) >= much);
  CHECK(Usage{child.pid(), {uint64_t{64} << 30, {}}, 0}.look(0).empty());
  CHECK(Usage{child.pid(), {}, 0}.look(0).empty());
  CHECK_FALSE(Usage{child.pid(), {}, 0}.is_limited());
}

TEST_CASE("usage: processor time that is above the limit is told of, and counts anew each minute") {
  use_until(300'000'000);
  const int64_t used_ns = cpu_time_ns(getpid()).value();
  Usage tight{getpid(), {{}, 100'000'000}, 0};
  CHECK(tight.look(1).ends_with(" s of processor time within a minute, its limit is 0.1 s"));
  // Without the new minute the whole would be above it.
  const int64_t allowed_ns = used_ns + 100'000'000;
  Usage fresh{getpid(), {{}, allowed_ns}, 0};
  CHECK(fresh.look(Usage::minute_ns).empty());
  use_until(allowed_ns + 50'000'000);
  CHECK(fresh.look(Usage::minute_ns + 1, true).empty());
  CHECK_FALSE(Usage{getpid(), {{}, allowed_ns}, 0}.look(1).empty());
}

TEST_CASE("usage: a process that has ended uses nothing") {
  Child child{4096};
  const pid_t pid = child.pid();
  const Descriptor memory = memory_of(pid);
  Usage usage{pid, {uint64_t{1}, 1}, 0};
  child.end();
  CHECK_FALSE(resident_bytes(memory).has_value());
  CHECK_FALSE(cpu_time_ns(pid).has_value());
  CHECK(usage.look(0).empty());
}

TEST_CASE("usage: a process that hides itself later is looked at all the same, where /proc shows nobody else's") {
  if (getuid() != 0) {
    MESSAGE("needs root");
    return;
  }
  const std::string said = where_others_are_hidden([] {
    Child child{much};
    Usage usage{child.pid(), {uint64_t{64} << 20, {}}, 0};
    child.hide();
    return (access(("/proc/" + std::to_string(child.pid())).c_str(), F_OK) == 0 ? "seen, " : "hidden, ") +
           usage.look(0);
  });
  CHECK_MESSAGE(said.starts_with("hidden, used "), said);
  CHECK_MESSAGE(said.ends_with(" MiB of memory, its limit is 64 MiB"), said);
}

TEST_CASE("usage: a limit of memory that cannot be looked at is an error, and without a limit nothing is looked for") {
  if (getuid() != 0) {
    MESSAGE("needs root");
    return;
  }
  const std::string said = where_others_are_hidden([] {
    Child child{4096};
    child.hide();
    std::string why = Usage{child.pid(), {{}, 1'000'000'000}, 0}.look(0) + "none; ";
    try {
      const Usage usage{child.pid(), {uint64_t{64} << 20, {}}, 0};
    } catch (const std::system_error& error) { why += error.what(); }
    return why;
  });
  CHECK_MESSAGE(said.starts_with("none; its 'memory' cannot be looked at in '/proc/"), said);
  CHECK_MESSAGE(said.ends_with("/statm': No such file or directory"), said);
}

TEST_CASE("usage: amounts are for people") {
  CHECK(mebibytes(uint64_t{64} << 20) == "64 MiB");
  CHECK(mebibytes(73'505'177) == "70.1 MiB");
}

}  // namespace culvert::isolation
