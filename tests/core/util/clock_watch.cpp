// SPDX-License-Identifier: MIT
#include "core/util/clock_watch.hpp"

#include "tests/support/folder.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

namespace culvert::test {
namespace {

constexpr int64_t now_ns = ClockWatch::floor_ns + 90LL * 24 * 3600 * one_second_ns;

/// A box with its answers, made as a test wants it.
struct Box {
  void write(const std::string& file, const std::string& text) const {
    const std::filesystem::path path = root.path() + file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream{path} << text;
  }
  void add_battery(int64_t shown_ns, const std::string& hctosys) const {
    write("/sys/class/rtc/rtc0/since_epoch", std::to_string(shown_ns / one_second_ns) + '\n');
    write("/sys/class/rtc/rtc0/hctosys", hctosys + '\n');
  }
  ClockWatch::Sources sources() {
    return {root.path(),
            [this](timex* asked) {
              ++times_asked;
              asked->maxerror = max_error_us;
              asked->status = STA_UNSYNC;
              return answer;
            },
            [this] { return wall_ns; }};
  }
  bool is_set() { return ClockWatch{sources()}.is_set(); }

  TemporaryFolder root;
  int answer = TIME_ERROR;
  long max_error_us = 16'000'000;
  int64_t wall_ns = now_ns;
  int times_asked = 0;
};

}  // namespace

TEST_CASE("clock watch: where nothing speaks for it, the clock is not set, however late it says it is") {
  Box box;
  CHECK_FALSE(box.is_set());
  box.write("/proc/cpuinfo", "processor : 0\nmodel name : Cortex-A72\nFeatures : fp asimd\n");
  CHECK_FALSE(box.is_set());
}

TEST_CASE("clock watch: it is set once the kernel knows how far it may be off, whatever its flag says") {
  Box box;
  box.max_error_us = 15'999'999;
  CHECK(box.is_set());
  box.max_error_us = 0;
  box.answer = TIME_OK;
  CHECK(box.is_set());
}

TEST_CASE("clock watch: it is not set before the floor, whatever speaks for it") {
  Box box;
  box.wall_ns = ClockWatch::floor_ns - 1;
  box.max_error_us = 0;
  box.write("/run/systemd/timesync/synchronized", "");
  box.write("/proc/cpuinfo", "flags : fpu hypervisor\n");
  box.add_battery(box.wall_ns, "1");
  CHECK_FALSE(box.is_set());
  box.wall_ns = ClockWatch::floor_ns;
  CHECK(box.is_set());
}

TEST_CASE("clock watch: it is set where timesyncd has set it since the start of the box") {
  Box box;
  box.write("/run/systemd/timesync/synchronized", "");
  CHECK(box.is_set());
}

TEST_CASE("clock watch: a battery clock sets it that was the kernel's at the start, or shows the same minute") {
  Box box;
  box.add_battery(now_ns - 7200 * one_second_ns, "1");
  CHECK(box.is_set());
  box.add_battery(now_ns + 59 * one_second_ns, "0");
  CHECK(box.is_set());
  box.add_battery(now_ns - 61 * one_second_ns, "0");
  CHECK_FALSE(box.is_set());
  // The battery is empty, and the system went on from a time that it had saved.
  box.add_battery(3600 * one_second_ns, "1");
  CHECK_FALSE(box.is_set());
  box.write("/sys/class/rtc/rtc0/since_epoch", "");
  CHECK_FALSE(box.is_set());
  box.write("/sys/class/rtc/rtc1/since_epoch", std::to_string(now_ns / one_second_ns));
  CHECK(box.is_set());
}

TEST_CASE("clock watch: a virtual machine has its time from its host") {
  Box box;
  box.write("/proc/cpuinfo", "processor : 0\nflags\t\t: fpu vme hypervisor lahf_lm\n\nprocessor : 1\n");
  CHECK(box.is_set());
  box.write("/proc/cpuinfo", "processor : 0\nflags\t\t: fpu vme hypervisors\n");
  CHECK_FALSE(box.is_set());
}

TEST_CASE("clock watch: where the kernel may not be asked, a plausible clock counts as set") {
  Box box;
  box.answer = -1;
  CHECK(box.is_set());
  box.wall_ns = 0;
  CHECK_FALSE(box.is_set());
}

TEST_CASE("clock watch: it is asked once a second until it is set, and never again") {
  Box box;
  const int64_t start_ns = monotonic_ns();
  ClockWatch watch{box.sources()};
  CHECK(box.times_asked == 1);
  CHECK_FALSE(watch.look(start_ns + ClockWatch::look_every_ns / 2));
  CHECK(box.times_asked == 1);
  box.max_error_us = 1000;
  const int64_t later_ns = monotonic_ns() + ClockWatch::look_every_ns;
  CHECK(watch.look(later_ns));
  CHECK(watch.is_set());
  CHECK(box.times_asked == 2);
  // NTP has lost its server meanwhile: the clock goes on from what it was told.
  box.max_error_us = 16'000'000;
  CHECK_FALSE(watch.look(later_ns + 10 * ClockWatch::look_every_ns));
  CHECK(watch.is_set());
  CHECK(box.times_asked == 2);
}

TEST_CASE("clock watch: a time that the clock showed since the start of the box has its boot time, no other has one") {
  Box box;
  const ClockWatch watch{box.sources()};
  const int64_t before_ns = boot_time_ns();
  const auto found = watch.boot_time_of(wall_ns());
  REQUIRE(found);
  CHECK(*found >= before_ns - one_second_ns);
  CHECK(*found <= boot_time_ns() + one_second_ns);
  CHECK(watch.boot_time_of(wall_zero_ns() + one_second_ns));
  CHECK_FALSE(watch.boot_time_of(wall_zero_ns() - 10 * one_second_ns));
  CHECK_FALSE(watch.boot_time_of(wall_ns() + 10 * one_second_ns));
  for (const int64_t far_ns : {int64_t{0}, INT64_MIN, INT64_MAX}) { CHECK_FALSE(watch.boot_time_of(far_ns)); }
}

}  // namespace culvert::test
