// SPDX-License-Identifier: MIT
#include "core/isolation/usage.hpp"

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace culvert::isolation {
namespace {

/// A process that takes so much memory, says so, and waits for its end.
class Child {
 public:
  explicit Child(std::size_t bytes) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    pid_ = fork();
    if (pid_ == 0) {
      void* taken = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
      if (taken == MAP_FAILED || write(ends[1], "x", 1) != 1) { _exit(1); }
      for (;;) { pause(); }
    }
    close(ends[1]);
    char said = 0;
    REQUIRE(read(ends[0], &said, 1) == 1);
    close(ends[0]);
  }
  ~Child() { end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const noexcept { return pid_; }
  void end() {
    if (pid_ < 0) { return; }
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
};

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
  CHECK(resident_bytes(child.pid()) >= much);
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
  child.end();
  CHECK_FALSE(resident_bytes(pid).has_value());
  CHECK_FALSE(cpu_time_ns(pid).has_value());
  CHECK(Usage{pid, {uint64_t{1}, 1}, 0}.look(0).empty());
}

TEST_CASE("usage: amounts are for people") {
  CHECK(mebibytes(uint64_t{64} << 20) == "64 MiB");
  CHECK(mebibytes(73'505'177) == "70.1 MiB");
}

}  // namespace culvert::isolation
