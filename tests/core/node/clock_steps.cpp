// SPDX-License-Identifier: MIT
// What becomes of times while the clock of the box is not set, and when it is.
#include "core/message/encode.hpp"
#include "tests/core/node/rig.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/stepped_wall.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>

namespace culvert::test {
namespace {

constexpr int64_t year_s = 365 * 24 * 3600;

/// A sink that takes nothing while it is shut, and notes of each message its mark and how old it seems to be: the steps
/// are years, so that whole minutes are near enough.
class Door : public culvert::Node {
 public:
  Door(Host host, const Settings&) : Node{host} { current() = this; }
  culvert_status process(MessageView message, uint64_t) {
    ++offered();
    if (is_shut()) { return CULVERT_AGAIN; }
    const int64_t age_min = (wall_ns() - message.time_ns()) / one_second_ns / 60;
    std::string line{message.topic()};
    line.append("=").append(message.payload()).append(" age ").append(std::to_string(age_min));
    line += (message.flags() & CULVERT_TIME_UNSYNCED) != 0 ? " marked" : " plain";
    journal()->note(line);
    return CULVERT_OK;
  }
  static void open() {
    is_shut() = false;
    current()->host().ready();
  }
  static std::atomic<bool>& is_shut() {
    static std::atomic<bool> shut{false};
    return shut;
  }
  static std::atomic<int>& offered() {
    static std::atomic<int> times{0};
    return times;
  }

 private:
  static Door*& current() {
    static Door* door = nullptr;
    return door;
  }
};

/// Hands on what it gets, with "+" behind it.
class Through : public culvert::Node {
 public:
  explicit Through(Host host, const Settings&) : Node{host} {}
  culvert_status process(MessageView message, uint64_t) {
    Draft child{message};
    const std::string text = std::string{message.payload()} + '+';
    return host().emit(child.payload(text));
  }
};

/// A box that starts decades behind, and nodes on it.
struct Late : Rig {
  explicit Late(bool corrects, bool has_transform = false) {
    timing = {&watch, corrects};
    Door::is_shut() = true;
    Door::offered() = 0;
    auto& tap = add<Tap>("boiler");
    auto& door = add<Door>("door");
    if (has_transform) {
      auto& through = add<Through>("through", true);
      join(tap, through);
      join(through, door);
    } else {
      join(tap, door);
    }
    REQUIRE(start());
  }
  ~Late() { stepped_s = 0; }
  culvert_status emit(std::string_view text, int64_t time_ns = 0, uint32_t flags = 0) {
    Draft draft;
    draft.topic("t").payload(text).time_ns(time_ns).flags(flags);
    return Tap::current()->host().emit(draft);
  }
  /// Until the sink was offered a message, and gave it back.
  bool is_offered() {
    const int64_t deadline_ns = monotonic_ns() + 5 * one_second_ns;
    while (Door::offered() == 0 && monotonic_ns() < deadline_ns) {}
    return Door::offered() > 0;
  }
  void set_clock() {
    stepped_s = 0;
    max_error_us = 0;
    REQUIRE(watch.look(monotonic_ns() + ClockWatch::look_every_ns));
  }

  TemporaryFolder root;
  std::atomic<long> max_error_us{16'000'000};
  bool steps_back = (stepped_s = -30 * year_s, true);
  ClockWatch watch{{root.path(), [this](timex* asked) { return asked->maxerror = max_error_us, 0; }, wall_ns}};
};

}  // namespace

TEST_CASE("timing: the wall clock of these tests can be set") {
  const int64_t before_ns = wall_ns(), zero_ns = wall_zero_ns();
  stepped_s = 10 * year_s;
  CHECK(wall_ns() - before_ns >= 10 * year_s * one_second_ns);
  CHECK(wall_zero_ns() - zero_ns >= (10 * year_s - 1) * one_second_ns);
  stepped_s = 0;
}

TEST_CASE("timing: while the clock is not set what is emitted is marked, and once it is, no more") {
  Late late{false};
  Door::open();
  CHECK(late.emit("1") == CULVERT_OK);
  CHECK(late.emit("2", wall_ns() - one_second_ns) == CULVERT_OK);
  CHECK(late.seen.has_line("t=1 age 0 marked"));
  CHECK(late.seen.has_line("t=2 age 0 marked"));
  late.set_clock();
  CHECK(late.emit("3") == CULVERT_OK);
  CHECK(late.seen.has_line("t=3 age 0 plain"));
}

TEST_CASE("timing: what was marked and waits is left as it is, unless it is to be corrected") {
  for (const bool corrects : {false, true}) {
    Late late{corrects};
    CHECK(late.emit("1") == CULVERT_OK);
    CHECK(late.emit("2", wall_ns() - 120 * one_second_ns) == CULVERT_OK);
    CHECK(late.is_offered());
    // Some hours further, and still by guess.
    stepped_s = stepped_s + 7 * 3600;
    CHECK(late.emit("3") == CULVERT_OK);
    late.set_clock();
    Door::open();
    const std::string years = std::to_string(30 * year_s / 60), fewer = std::to_string(30 * year_s / 60 - 7 * 60);
    CHECK(late.seen.has_line(corrects ? "t=1 age 0 plain" : "t=1 age " + years + " marked"));
    CHECK(late.seen.has_line(corrects ? "t=2 age 2 plain"
                                      : "t=2 age " + std::to_string(30 * year_s / 60 + 2) + " marked"));
    CHECK(late.seen.has_line(corrects ? "t=3 age 0 plain" : "t=3 age " + fewer + " marked"));
  }
}

TEST_CASE("timing: a reading that its source has kept since before the clock was set is marked, or corrected") {
  for (const bool corrects : {false, true}) {
    Late late{corrects};
    Door::open();
    const int64_t then_ns = wall_ns();
    late.set_clock();
    CHECK(late.emit("1", then_ns) == CULVERT_OK);
    CHECK(late.emit("2") == CULVERT_OK);
    CHECK(late.seen.has_line(corrects ? "t=1 age 0 plain" : "t=1 age " + std::to_string(30 * year_s / 60) + " marked"));
    CHECK(late.seen.has_line("t=2 age 0 plain"));
  }
}

TEST_CASE("timing: what goes out before the clock is set has the time that is known by then, and its mark") {
  Late late{true};
  CHECK(late.emit("1") == CULVERT_OK);
  CHECK(late.is_offered());
  stepped_s = stepped_s + 7 * 3600;
  Door::open();
  CHECK(late.seen.has_line("t=1 age 0 marked"));
}

TEST_CASE("timing: it is corrected through a transform, which hands on time and mark") {
  Late late{true, true};
  CHECK(late.emit("1") == CULVERT_OK);
  CHECK(late.is_offered());
  late.set_clock();
  Door::open();
  CHECK(late.seen.has_line("t=1+ age 0 plain"));
}

TEST_CASE("timing: a time that is of another clock is left alone, and so is what its source has marked itself") {
  Late late{true};
  constexpr int64_t minute_ns = 60 * one_second_ns;
  const int64_t now_ns = wall_ns();
  CHECK(late.emit("ahead", now_ns + 10 * year_s * one_second_ns) == CULVERT_OK);
  CHECK(late.emit("before", now_ns - 10 * year_s * one_second_ns) == CULVERT_OK);
  CHECK(late.emit("own", now_ns - minute_ns, CULVERT_TIME_UNSYNCED) == CULVERT_OK);
  late.set_clock();
  CHECK(late.emit("later", now_ns, CULVERT_TIME_UNSYNCED) == CULVERT_OK);
  Door::open();
  const auto years = [](int64_t count) { return std::to_string(count * year_s / 60); };
  CHECK(late.seen.has_line("t=ahead age " + years(20) + " plain"));
  CHECK(late.seen.has_line("t=before age " + years(40) + " plain"));
  CHECK(late.seen.has_line("t=own age " + std::to_string(30 * year_s / 60 + 1) + " marked"));
  CHECK(late.seen.has_line("t=later age " + years(30) + " marked"));
}

}  // namespace culvert::test
