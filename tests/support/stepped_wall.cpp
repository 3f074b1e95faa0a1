// SPDX-License-Identifier: MIT
#include "tests/support/stepped_wall.hpp"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace culvert::test {

std::atomic<int64_t> stepped_s{0};

}  // namespace culvert::test

extern "C" int clock_gettime(clockid_t clock, timespec* ret_now) noexcept {
  const auto failed = static_cast<int>(syscall(SYS_clock_gettime, clock, ret_now));
  if (failed == 0 && clock == CLOCK_REALTIME) { ret_now->tv_sec += culvert::test::stepped_s; }
  return failed;
}
