// SPDX-License-Identifier: MIT
#include "core/util/clock_watch.hpp"

#include <filesystem>
#include <fstream>

namespace culvert {
namespace {

namespace fs = std::filesystem;

// What the kernel gives out as `maxerror`, in microseconds, when it knows nothing (NTP_PHASE_LIMIT).
constexpr long unknown_error_us = 16'000'000;

int64_t number_in(const fs::path& file) {
  int64_t number = 0;
  std::ifstream{file} >> number;
  return number;
}

}  // namespace

bool ClockWatch::look(int64_t now_ns) {
  if (is_set_ || now_ns < next_look_ns_) { return false; }
  next_look_ns_ = now_ns + look_every_ns;
  const int64_t zero_ns = wall_zero_ns(), last_ns = zero_ns_;
  const bool is_step = last_ns != never_ns && (zero_ns > last_ns + one_second_ns || zero_ns < last_ns - one_second_ns);
  if (is_step) { before_ns_ = last_ns; }
  zero_ns_ = zero_ns;
  is_set_ = looks_set();
  return is_set_;
}

std::optional<int64_t> ClockWatch::time_with(int64_t zero_ns, int64_t wall_ns) noexcept {
  if (zero_ns == never_ns) { return {}; }
  const int64_t at_ns = moved_ns(wall_ns, -zero_ns);
  // Who measures and who asks here read their clocks one after the other.
  if (at_ns < 0 || at_ns > boot_time_ns() + one_second_ns) { return {}; }
  return at_ns;
}

std::optional<int64_t> ClockWatch::boot_time_of(int64_t wall_ns) const noexcept {
  for (const int64_t zero_ns : {wall_zero_ns(), zero_ns_.load(), before_ns_.load()}) {
    if (const auto at_ns = time_with(zero_ns, wall_ns)) { return at_ns; }
  }
  return {};
}

bool ClockWatch::is_of_before(int64_t wall_ns) const noexcept {
  const int64_t before_ns = before_ns_;
  return before_ns != never_ns && !time_with(wall_zero_ns(), wall_ns) && time_with(before_ns, wall_ns).has_value();
}

bool ClockWatch::looks_set() const {
  const int64_t now_ns = sources_.wall();
  if (now_ns < floor_ns) { return false; }
  timex asked{};
  if (sources_.ask(&asked) < 0 || asked.maxerror < unknown_error_us) { return true; }
  std::error_code failed;
  return fs::exists(sources_.root + "/run/systemd/timesync/synchronized", failed) || has_battery(now_ns) || is_guest();
}

bool ClockWatch::has_battery(int64_t now_ns) const {
  std::error_code failed;
  for (fs::directory_iterator at{sources_.root + "/sys/class/rtc", failed}, end; !failed && at != end;
       at.increment(failed)) {
    const int64_t shown_ns = number_in(at->path() / "since_epoch") * one_second_ns;
    if (shown_ns < floor_ns) { continue; }
    const bool agrees = shown_ns > now_ns - battery_slack_ns && shown_ns < now_ns + battery_slack_ns;
    if (agrees || number_in(at->path() / "hctosys") == 1) { return true; }
  }
  return false;
}

bool ClockWatch::is_guest() const {
  std::ifstream file{sources_.root + "/proc/cpuinfo"};
  for (std::string line; std::getline(file, line);) {
    // All processors have the same.
    if (line.starts_with("flags")) { return (line + ' ').find(" hypervisor ") != std::string::npos; }
  }
  return false;
}

}  // namespace culvert
