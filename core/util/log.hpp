// SPDX-License-Identifier: MIT
/// Lines for people on stderr: `level subject: what: why, what next`. Any thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace spdlog::sinks {
class sink;
}

namespace culvert {

enum class LogLevel { error, warn, info, debug };
enum class LogFormat { text, json };

class Log {
 public:
  /// `text` has `<N>` in front of each line when stderr is the journal's, and colour on a terminal without NO_COLOR.
  Log(LogFormat format, LogLevel level);
  /// Hands each line to `sink`, which must not throw, in place of stderr.
  using Sink = std::function<void(LogLevel, std::string_view subject, std::string_view line)>;
  explicit Log(Sink sink, LogLevel level = LogLevel::debug);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void set_level(LogLevel level) noexcept { level_ = level; }
  LogLevel level() const noexcept { return level_; }
  /// Control bytes in `line` are escaped: what a far end sends can't forge a line. Above `level` it does nothing.
  void write(LogLevel level, std::string_view subject, std::string_view line) const;
  /// The same, with a level of the caller's own in place of this log's.
  void write_at(LogLevel limit, LogLevel level, std::string_view subject, std::string_view line) const;

 private:
  enum class Style { plain, colour, journal, json };
  static Style style_for(LogFormat format);

  Style style_;
  std::atomic<LogLevel> level_;
  std::unique_ptr<spdlog::sinks::sink> sink_;
  Sink elsewhere_;
};

/// `text` with control bytes as `\x1b`.
std::string printable(std::string_view text);

}  // namespace culvert
