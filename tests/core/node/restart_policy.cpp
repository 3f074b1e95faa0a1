// SPDX-License-Identifier: MIT
#include "core/node/restart_policy.hpp"

#include <doctest/doctest.h>

#include <set>

namespace culvert::test {
namespace {

constexpr int64_t minute_ns = 60 * one_second_ns;

/// Whether it is that wait, less up to a quarter.
bool is_about(std::optional<int64_t> wait_ns, int64_t whole_ns) {
  return wait_ns && *wait_ns <= whole_ns && *wait_ns >= whole_ns - whole_ns / 4;
}

}  // namespace

TEST_CASE("restart policy: each wait is twice the last one, less up to a quarter, and none is above 30 s") {
  RestartPolicy policy{1};
  int64_t now_ns = 1, wait_ns = one_second_ns / 2;
  // Each instance takes three minutes to start, so that there are never five within ten minutes.
  for (int failures = 0; failures < 20; ++failures) {
    CAPTURE(failures);
    now_ns += 3 * minute_ns;
    CHECK(is_about(policy.failed(now_ns), wait_ns));
    wait_ns = std::min(2 * wait_ns, 30 * one_second_ns);
  }
}

TEST_CASE("restart policy: the fifth failure within ten minutes is the last, also when it comes at once") {
  for (const int64_t apart_ns : {int64_t{0}, one_second_ns, 150 * one_second_ns}) {
    CAPTURE(apart_ns);
    RestartPolicy policy{1};
    int64_t now_ns = 1;
    for (int failures = 1; failures < 5; ++failures, now_ns += apart_ns) { REQUIRE(policy.failed(now_ns)); }
    CHECK_FALSE(policy.failed(now_ns));
  }
}

TEST_CASE("restart policy: a fifth failure after ten minutes is not the last, but the next one soon after it is") {
  RestartPolicy policy{1};
  for (int64_t now_ns = 1; now_ns <= 4; ++now_ns) { REQUIRE(policy.failed(now_ns)); }
  // The first of them was ten minutes ago and a nanosecond.
  CHECK(policy.failed(10 * minute_ns + 2));
  CHECK_FALSE(policy.failed(10 * minute_ns + 2));
}

TEST_CASE("restart policy: one that ran for a minute begins with the shortest wait again, one that did not does not") {
  RestartPolicy policy{1};
  int64_t now_ns = 1;
  CHECK(is_about(policy.failed(now_ns), one_second_ns / 2));
  policy.began(now_ns);
  now_ns += minute_ns - 1;
  CHECK(is_about(policy.failed(now_ns), one_second_ns));
  policy.began(now_ns);
  now_ns += minute_ns;
  CHECK(is_about(policy.failed(now_ns), one_second_ns / 2));
  // That it once ran well is no merit of one that has not begun since.
  now_ns += 10 * minute_ns;
  CHECK(is_about(policy.failed(now_ns), one_second_ns));
}

TEST_CASE("restart policy: that it runs well between five failures does not save it from the quarantine") {
  RestartPolicy policy{1};
  int64_t now_ns = 1;
  for (int failures = 1; failures < 5; ++failures) {
    policy.began(now_ns);
    now_ns += 2 * minute_ns;
    CHECK(is_about(policy.failed(now_ns), one_second_ns / 2));
  }
  policy.began(now_ns);
  CHECK_FALSE(policy.failed(now_ns + 2 * minute_ns));
}

TEST_CASE("restart policy: nodes that fail together do not come back together") {
  std::set<int64_t> waits;
  for (uint64_t seed = 0; seed < 100; ++seed) { waits.insert(*RestartPolicy{seed}.failed(1)); }
  CHECK(waits.size() > 90);
}

}  // namespace culvert::test
