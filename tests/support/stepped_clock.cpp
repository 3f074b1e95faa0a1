// SPDX-License-Identifier: MIT
// Loaded in front of the C library, this sets the wall clock of one program: ahead, or back, by the seconds that its
// environment's file of that name holds as eight bytes, each time it is asked for the time. Eight more, where they are
// not 0, are what the kernel says of the clock: 1, that it knows nothing of it; 2, that NTP has set it.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace {

struct Stepped {
  std::atomic<int64_t> seconds, known;
};

/// Null where there is no such file. What a shorter file does not have is 0.
const Stepped* stepped() noexcept {
  static const auto* const found = []() -> const Stepped* {
    const char* const path = std::getenv("CULVERT_TEST_CLOCK");
    const int file = path == nullptr ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) { return nullptr; }
    void* const mapped = mmap(nullptr, sizeof(Stepped), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    return mapped == MAP_FAILED ? nullptr : static_cast<const Stepped*>(mapped);
  }();
  return found;
}

/// Before the program confines itself, and could open no file of ours any more.
[[gnu::constructor]] void open_early() noexcept { stepped(); }

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* ret_now) noexcept {
  const auto failed = static_cast<int>(syscall(SYS_clock_gettime, clock, ret_now));
  const Stepped* const by = clock == CLOCK_REALTIME ? stepped() : nullptr;
  if (failed == 0 && by != nullptr) { ret_now->tv_sec += by->seconds; }
  return failed;
}

extern "C" int adjtimex(timex* asked) noexcept {
  constexpr long nothing_us = 16'000'000;
  auto answer = static_cast<int>(syscall(SYS_adjtimex, asked));
  const Stepped* const by = stepped();
  if (by == nullptr || by->known == 0) { return answer; }
  const bool is_known = by->known == 2;
  asked->maxerror = is_known ? 1000 : nothing_us;
  asked->status = is_known ? STA_PLL : STA_UNSYNC;
  return is_known ? TIME_OK : TIME_ERROR;
}
