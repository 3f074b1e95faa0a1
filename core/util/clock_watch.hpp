// SPDX-License-Identifier: MIT
/// Whether the clock of this box is set. A box without a battery clock starts in 1970, or where its last run ended, and
/// is hours or years off until somebody tells it the time.
///
/// The clock counts as set for good once it shows no time before `floor_ns` and one of these holds:
/// - the kernel knows how far it may be off, which it does once NTP has set it: adjtimex(2), `maxerror` below 16 s.
///   The flag STA_UNSYNC is no help, for a daemon may leave it set so that the kernel keeps its hands off the battery
///   clock;
/// - it was set since the start of the box: systemd-timesyncd has left /run/systemd/timesync/synchronized;
/// - a battery clock that shows no time before `floor_ns` itself has set it at the start of the box, or shows the same
///   minute: /sys/class/rtc. One whose battery is empty begins at its own zero;
/// - the box is a virtual machine, which has its time from its host: `hypervisor` among the flags of /proc/cpuinfo;
/// - the kernel may not be asked, as in some containers: what nobody can tell must not spoil every reading.
///
/// `look` is called by one thread, all else by any.
#pragma once

#include "core/util/clock.hpp"

#include <sys/timex.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace culvert {

class ClockWatch {
 public:
  /// 2026-11-01T00:00:00Z: before this was written.
  static constexpr int64_t floor_ns = 1'793'491'200 * one_second_ns;
  /// How often it is looked at, until it is set.
  static constexpr int64_t look_every_ns = one_second_ns;
  /// How far a battery clock, which counts seconds and drifts, may be from the clock that it has set.
  static constexpr int64_t battery_slack_ns = 60 * one_second_ns;

  /// What it asks; others than those of the box are for tests.
  struct Sources {
    std::string root;  ///< stands before each path
    std::function<int(timex*)> ask = adjtimex;
    std::function<int64_t()> wall = wall_ns;
  };

  ClockWatch() : ClockWatch{Sources{}} {}
  explicit ClockWatch(Sources sources) : sources_{std::move(sources)} { look(monotonic_ns()); }
  ClockWatch(const ClockWatch&) = delete;
  ClockWatch& operator=(const ClockWatch&) = delete;

  bool is_set() const noexcept { return is_set_; }
  /// Asks again, if it is not set and the last time is long enough ago. True when it is found to be set only now.
  bool look(int64_t now_ns);
  /// The next `look` asks: another process has found the clock set. By the thread that looks.
  void hurry() noexcept { next_look_ns_ = INT64_MIN; }

  /// At which boot time the clock showed that, be it before a step just now. Nothing when it did not since the start of
  /// the box: then the time is of another clock.
  std::optional<int64_t> boot_time_of(int64_t wall_ns) const noexcept;
  /// Whether it showed that before it was set and can't have shown it since: a reading that waited in its source.
  bool is_of_before(int64_t wall_ns) const noexcept;

 private:
  static constexpr int64_t never_ns = INT64_MIN;
  /// The boot time at which a clock with that zero showed it; nothing when it did not since the start of the box.
  static std::optional<int64_t> time_with(int64_t zero_ns, int64_t wall_ns) noexcept;
  bool looks_set() const;
  bool has_battery(int64_t now_ns) const;
  bool is_guest() const;

  const Sources sources_;
  std::atomic<bool> is_set_{false};
  std::atomic<int64_t> zero_ns_{never_ns};    ///< the wall's, at the last look
  std::atomic<int64_t> before_ns_{never_ns};  ///< the same before the last step
  int64_t next_look_ns_ = INT64_MIN;
};

}  // namespace culvert
