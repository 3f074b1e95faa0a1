// SPDX-License-Identifier: MIT
/// Lines for people on stderr: `level subject: what: why, what next [event]`. Any thread.
#pragma once

#include "core/util/events.hpp"
#include "core/util/repeat_limit.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace spdlog::sinks {
class sink;
}

namespace culvert {

enum class LogFormat { text, json };

class Log {
 public:
  /// `text` has `<N>` in front of each line when stderr is the journal's, and colour on a terminal without NO_COLOR.
  Log(LogFormat format, LogLevel level);
  /// Hands each line to `sink`, which must not throw, in place of stderr. None is held back.
  using Sink = std::function<void(LogKind, std::string_view subject, std::string_view line)>;
  explicit Log(Sink sink, LogLevel level = LogLevel::debug);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void set_level(LogLevel level) noexcept { level_ = level; }
  LogLevel level() const noexcept { return level_; }
  /// Control bytes in `line` are escaped: what a far end sends can't forge a line. Above `level` it does nothing.
  /// What says the same as a line of the last 10 s is only counted, but for debug lines.
  void write(LogKind kind, std::string_view subject, std::string_view line) const;
  /// The same, with a level of the caller's own in place of this log's.
  void write_at(LogLevel limit, LogKind kind, std::string_view subject, std::string_view line) const;
  /// Tells what was counted in 10 s that are over. To be called about once a second. When stderr takes nothing
  /// now that waits for the next call: who calls it has more to do than to wait for that.
  void tell_repeats() const;
  /// The same, of all that is not told yet. The destructor does it too.
  void tell_all_repeats() const noexcept;

 private:
  enum class Style { plain, colour, journal, json };
  static Style style_for(LogFormat format);
  void put(LogKind kind, std::string_view subject, std::string_view line, uint64_t count = 0, int64_t ago_ns = 0) const;
  void put(const RepeatLimit::Told& told) const;

  Style style_;
  std::atomic<LogLevel> level_;
  std::unique_ptr<spdlog::sinks::sink> sink_;
  Sink elsewhere_;
  mutable RepeatLimit repeats_;
};

/// `text` with control bytes as `\x1b`.
std::string printable(std::string_view text);

}  // namespace culvert
