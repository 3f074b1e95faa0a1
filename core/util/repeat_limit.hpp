// SPDX-License-Identifier: MIT
/// Of lines that say the same within 10 s lets the first pass, keeps the latest, and counts the others. Any thread.
#pragma once

#include "core/util/clock.hpp"
#include "core/util/events.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert {

/// What a line says, whatever numbers it does: a hash of its text, in which each run of digits that is not within
/// 'ticks' is taken as one. `repeats`: with LogRepeats::equal digits are like any other character.
uint64_t essence_of(std::string_view text, LogRepeats repeats) noexcept;
/// Whether both say the same, as far as the shorter one goes.
bool are_alike(std::string_view one, std::string_view other, LogRepeats repeats) noexcept;

class RepeatLimit {
 public:
  static constexpr int64_t window_ns = 10 * one_second_ns;
  /// Beyond these the oldest is told and forgotten.
  static constexpr std::size_t max_remembered = 256;
  /// Of a line that is held back; the rest is not shown.
  static constexpr std::size_t max_text_bytes = 1024;

  /// Of lines that were held back: the latest one, how many, and over what time.
  struct Told {
    LogKind kind;
    std::string subject, text;
    uint64_t count = 0;
    int64_t for_ns = 0;
    int64_t ago_ns = 0;  ///< how long ago the latest was
  };
  struct Verdict {
    bool passes = true;        ///< the line is to be written now
    std::optional<Told> told;  ///< this goes before it
  };

  /// A line of these is to be written. `now_ns` is on the monotonic clock.
  Verdict take(LogKind kind, std::string_view subject, std::string_view text, int64_t now_ns);
  /// What was held back, of those whose 10 s are over.
  std::vector<Told> take_due(int64_t now_ns);
  /// The same of all, and forgets them.
  std::vector<Told> take_all(int64_t now_ns);

 private:
  struct Remembered {
    uint64_t essence;
    LogKind kind;
    int64_t begun_ns;    ///< when one of these was written last
    int64_t latest_ns;   ///< when one of these came last
    uint64_t count = 0;  ///< held back since
    std::string subject, text;
  };
  Remembered* find(uint64_t essence, LogKind kind, std::string_view subject, std::string_view text) noexcept;
  std::optional<Told> make_place(int64_t now_ns);
  static Told told(Remembered& one, int64_t now_ns);

  std::mutex mutex_;  ///< guards what follows
  std::vector<Remembered> remembered_;
};

}  // namespace culvert
