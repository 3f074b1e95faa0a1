// SPDX-License-Identifier: MIT
// A wall clock that is set while messages wait.
#include "core/journal/reader.hpp"
#include "core/message/boot_time.hpp"
#include "tests/core/channel/rig.hpp"
#include "tests/core/journal/rig.hpp"
#include "tests/support/stepped_wall.hpp"

#include <atomic>
#include <cstdlib>
#include <utility>

namespace culvert::test {
namespace {

constexpr int64_t hour_s = 3600, fifty_years_s = hour_s * 24 * 365 * 50;
constexpr int64_t steps_s[] = {hour_s, -hour_s, fifty_years_s, -fifty_years_s};
// Far above what a test takes, and far below any step.
constexpr int64_t young_ns = 600 * one_second_ns;

/// Back to what the time is, however a test ends.
struct SteppedClock {
  explicit SteppedClock(int64_t seconds) { stepped_s = seconds; }
  ~SteppedClock() { stepped_s = 0; }
};

std::vector<int64_t> ages(JournalRig& rig) {
  rig.journal->read({0, INT64_MAX, false, SIZE_MAX, SIZE_MAX});
  std::vector<int64_t> found;
  for (const Store::Kept& kept : rig.ears->take_piece().entries) { found.push_back(kept.age_ns); }
  return found;
}

bool are_young(const std::vector<int64_t>& found) {
  return std::all_of(found.begin(), found.end(), [](int64_t age) { return age >= 0 && age < young_ns; });
}

/// What the file says of the start of the box that it knows is of another one.
void restart_box(const JournalRig& rig) {
  sqlite::Database{rig.file(), sqlite::Database::Access::read_write}.run(
      "UPDATE fact SET value = 'another start' WHERE name = 'boot'");
}

}  // namespace

TEST_CASE("journal: the wall clock that this test steps is the one that the journal sees") {
  const int64_t before_ns = wall_ns();
  const SteppedClock stepped{fifty_years_s};
  CHECK(wall_ns() - before_ns >= fifty_years_s * one_second_ns);
  CHECK(journal::Clock{}.now_ns() - before_ns >= fifty_years_s * one_second_ns);
}

TEST_CASE("journal: the wall clock steps an hour or fifty years either way, and messages are as old as they are") {
  for (const int64_t step_s : steps_s) {
    CAPTURE(step_s);
    JournalRig rig;
    rig.append(1, "before");
    REQUIRE(rig.ears->wait_committed(1));
    const SteppedClock stepped{step_s};
    rig.append(2, "behind");
    REQUIRE(rig.ears->wait_committed(2));
    CHECK(ages(rig).size() == 2);
    CHECK(are_young(ages(rig)));
    // So they are for the next process, and in a successor.
    rig.open();
    CHECK(are_young(ages(rig)));
    rig.journal->close();
    CHECK(journal::start_anew(rig.folder, rig.file(), {}, "the test says so").salvaged == 2);
    rig.open();
    CHECK(ages(rig).size() == 2);
    CHECK(are_young(ages(rig)));
  }
}

TEST_CASE("journal: a box that starts with another idea of the year, or with an earlier hour, makes no message old") {
  for (const int64_t step_s : {-hour_s, fifty_years_s, -fifty_years_s}) {
    CAPTURE(step_s);
    JournalRig rig;
    rig.append(1, "before");
    REQUIRE(rig.ears->wait_committed(1));
    rig.journal->close();
    restart_box(rig);
    const SteppedClock stepped{step_s};
    rig.open();
    CHECK(are_young(ages(rig)));
    rig.append(rig.journal->contents().next_seq, "behind");
    REQUIRE(rig.ears->wait_committed(rig.journal->contents().next_seq));
    CHECK(ages(rig).size() == 2);
    CHECK(are_young(ages(rig)));
  }
}

TEST_CASE(
    "journal: a reading of before the clock was set waits for its time within one start of the box, and no longer") {
  for (const bool is_moved : {false, true}) {
    CAPTURE(is_moved);
    const SteppedClock stepped{-fifty_years_s};
    JournalRig rig;
    const auto append = [&](int64_t boot_ns) {
      culvert_message message = payload("t", "x");
      count_from_boot(message, boot_ns, false);
      std::string bytes;
      write_entry(message, rig.journal->contents().next_seq, bytes);
      rig.journal->append(rig.journal->contents().next_seq, bytes, 1, monotonic_ns());
      REQUIRE(rig.ears->wait_committed(rig.journal->contents().next_seq));
    };
    const auto read = [&] {
      rig.journal->read({0, INT64_MAX, false, SIZE_MAX, SIZE_MAX});
      std::vector<std::pair<int64_t, uint32_t>> found;
      for (const Store::Kept& kept : rig.ears->take_piece().entries) {
        DecodedMessage message;
        REQUIRE(message.decode(kept.entry));
        found.emplace_back(message.raw().time_ns, message.raw().flags);
      }
      return found;
    };
    constexpr uint32_t waits = CULVERT_TIME_UNSYNCED | from_boot_flag;
    const int64_t old_ns = wall_ns();
    append(1);
    CHECK(read() == std::vector<std::pair<int64_t, uint32_t>>{{1, waits}});
    // Its successor knows as much.
    const auto move = [&] {
      rig.journal->close();
      if (is_moved) { CHECK(journal::start_anew(rig.folder, rig.file(), {}, "the test says so").salvaged > 0); }
    };
    move();
    rig.open();
    CHECK(read() == std::vector<std::pair<int64_t, uint32_t>>{{1, waits}});
    rig.journal->close();
    restart_box(rig);
    move();
    stepped_s = 0;
    for (uint64_t opening = 1; opening <= 2; ++opening) {
      rig.open();
      append(int64_t(opening) + 1);
      const auto found = read();
      REQUIRE(found.size() == opening + 1);
      // By the clock as it was when it came.
      CHECK(found[0].second == CULVERT_TIME_UNSYNCED);
      CHECK(found[0].first >= old_ns);
      CHECK(found[0].first < old_ns + young_ns);
      for (std::size_t i = 1; i < found.size(); ++i) {
        CHECK(found[i] == std::pair{static_cast<int64_t>(i) + 1, waits});
      }
      move();
    }
    // And a person who looks at it.
    const auto shown = journal::Reader{rig.file()}.messages(0);
    REQUIRE(shown.items.size() == 3);
    DecodedMessage first, last;
    REQUIRE(first.decode(shown.items[0].entry));
    REQUIRE(last.decode(shown.items[2].entry));
    CHECK(first.raw().flags == CULVERT_TIME_UNSYNCED);
    CHECK(first.raw().time_ns < old_ns + young_ns);
    CHECK(last.raw().flags == CULVERT_TIME_UNSYNCED);
    CHECK(std::abs(last.raw().time_ns - wall_zero_ns()) < one_second_ns);
  }
}

TEST_CASE("journal: a dead letter has the time that was known when it was buried, and stays marked") {
  JournalRig rig;
  culvert_message message = payload("t", "x");
  const int64_t boot_ns = boot_time_ns();
  count_from_boot(message, boot_ns, false);
  std::string bytes;
  write_entry(message, 1, bytes);
  rig.journal->append(1, bytes, 1, monotonic_ns());
  REQUIRE(rig.ears->wait_committed(1));
  rig.journal->reject(1, "no");
  rig.journal->close();
  const auto dead = journal::Reader{rig.file()}.dead(0);
  REQUIRE(dead.items.size() == 1);
  DecodedMessage found;
  REQUIRE(found.decode(dead.items[0].entry));
  CHECK(found.raw().flags == CULVERT_TIME_UNSYNCED);
  CHECK(std::abs(found.raw().time_ns - (wall_zero_ns() + boot_ns)) < one_second_ns);
}

TEST_CASE("durable: the wall clock steps an hour or fifty years either way, and no message of a route expires") {
  for (const int64_t step_s : steps_s) {
    CAPTURE(step_s);
    const TemporaryFolder state;
    journal::Folder folder{state.path()};
    Budget budget{24 << 20};
    Doorbell doorbell, arrival;
    Fanout fanout{"boiler", "edge-01", 42, budget, doorbell};
    RouteSpec spec;
    spec.limits = {.max_messages = 32, .max_bytes = 1 << 16, .ttl_ns = young_ns};
    fanout.add(std::move(spec), std::make_unique<journal::Journal>(folder, "a.b", journal::FileOptions{},
                                                                   [](LogKind, const std::string&) {}));
    constexpr std::size_t messages = 200;
    const SteppedClock stepped{0};
    // Most of them wait on disk, one half from before the step, one from behind it.
    for (std::size_t i = 1; i <= messages; ++i) {
      if (i == messages / 2) { stepped_s = step_s; }
      REQUIRE(wait_for(doorbell, [&] {
        return fanout.has_room() && fanout.emit(payload("t", std::to_string(i)), {}) == CULVERT_OK;
      }));
    }
    Inbox inbox{arrival};
    const std::string address = fresh_address();
    inbox.open(address, 1);
    fanout.open(0, address, 1);
    CHECK(deliver(arrival, inbox, messages).size() == messages);
    REQUIRE(wait_for(doorbell, [&] { return inbox.answer(), fanout.outlet_unsettled(0) == 0; }));
    CHECK(fanout.outlet_counters(0).delivered == messages);
    CHECK(fanout.outlet_counters(0).expired == 0);
    CHECK(fanout.finish() == 0);
  }
}

}  // namespace culvert::test
