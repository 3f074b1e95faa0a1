// SPDX-License-Identifier: MIT
#include "trouble.hpp"

#include "schedule.hpp"
#include "tests/plugins/fake_host.hpp"

#include <doctest/doctest.h>

using namespace culvert;
using namespace culvert::sensor;

constexpr int64_t second = 1'000'000'000;

TEST_CASE("schedule: deadlines are at start plus n intervals however late each call is") {
  Schedule schedule{100};
  CHECK(schedule.is_due(1007));
  CHECK(schedule.take(1007) == 0);
  CHECK(schedule.next_ns() == 1107);
  CHECK_FALSE(schedule.is_due(1106));
  CHECK(schedule.is_due(1150));
  CHECK(schedule.take(1150) == 0);
  CHECK(schedule.next_ns() == 1207);
}

TEST_CASE("schedule: deadlines that passed unused are counted and not made up for") {
  Schedule schedule{100};
  CHECK(schedule.is_due(1000));
  CHECK(schedule.take(1000) == 0);
  CHECK(schedule.take(1450) == 3);
  CHECK(schedule.next_ns() == 1500);
}

TEST_CASE("trouble: one line in ten seconds, with the counts since the last one") {
  test::FakeHost host;
  Trouble trouble;
  for (int64_t now = 0; now <= 20; ++now) {
    trouble.bad_reading("read '/x': is empty");
    if (now > 0) { trouble.skipped_rounds(2); }
    trouble.say(Host{host.table()}, now * second);
  }
  REQUIRE(host.reported.size() == 1);
  CHECK(host.reported[0] == std::pair<int32_t, std::string>{CULVERT_AGAIN, "read '/x': is empty"});
  REQUIRE(host.logged.size() == 2);
  CHECK(host.logged[0].second ==
        "read '/x': is empty, 10 readings without a value, 20 rounds skipped, because a round took longer than "
        "'interval' "
        "or a route was full");
}

TEST_CASE("trouble: recovery is reported, in the same pace") {
  test::FakeHost host;
  Trouble trouble;
  trouble.bad_reading("read '/x': is empty");
  trouble.say(Host{host.table()}, 0);
  trouble.say(Host{host.table()}, second);
  CHECK(host.reported.size() == 1);
  trouble.say(Host{host.table()}, 10 * second);
  REQUIRE(host.reported.size() == 2);
  CHECK(host.reported[1] == std::pair<int32_t, std::string>{CULVERT_OK, "reads again"});
  trouble.say(Host{host.table()}, 30 * second);
  CHECK(host.reported.size() == 2);
  CHECK(host.logged.empty());
}

TEST_CASE("trouble: skipped rounds alone are said and do not degrade the node") {
  test::FakeHost host;
  Trouble trouble;
  trouble.skipped_rounds(3);
  trouble.say(Host{host.table()}, 0);
  CHECK(host.reported.empty());
  REQUIRE(host.logged.size() == 1);
  CHECK(host.logged[0].second == "3 rounds skipped, because a round took longer than 'interval' or a route was full");
}
