// SPDX-License-Identifier: MIT
#include "core/util/log.hpp"

#include "core/util/clock.hpp"

#include <nlohmann/json.hpp>
#include <poll.h>
#include <spdlog/details/log_msg.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <utility>

namespace culvert {
namespace {

// syslog's numbers, which the journal reads from the beginning of a line.
constexpr std::array<std::string_view, 4> journal_prefixes{"<3>", "<4>", "<6>", "<7>"};
constexpr std::array<spdlog::level::level_enum, 4> colours{spdlog::level::err, spdlog::level::warn, spdlog::level::info,
                                                           spdlog::level::debug};

// systemd.exec(5): JOURNAL_STREAM is "device:inode" of the stream that the journal reads.
bool stderr_is_the_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (stream == nullptr || fstat(STDERR_FILENO, &status) != 0) { return false; }
  return std::to_string(status.st_dev) + ':' + std::to_string(status.st_ino) == stream;
}

/// `count`: how many of these were held back; 0: this is one by itself.
std::string json_line(LogKind kind, std::string_view subject, std::string_view line, uint64_t count, int64_t ago_ns) {
  nlohmann::ordered_json object;
  object["time_ns"] = wall_ns() - ago_ns;
  object["level"] = name_of(kind.level);
  object["event"] = facts_of(kind.event).id;
  object["subject"] = subject;
  object["message"] = line;
  if (count > 0) { object["count"] = count; }
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool can_write_to_stderr() {
  pollfd watched{STDERR_FILENO, POLLOUT, 0};
  return poll(&watched, 1, 0) > 0;
}

bool is_limited(LogKind kind) {
  return kind.level != LogLevel::debug && facts_of(kind.event).repeats != LogRepeats::counted;
}

}  // namespace

std::string printable(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      safe += c;
    } else {
      safe.append("\\x").append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
    }
  }
  return safe;
}

Log::Style Log::style_for(LogFormat format) {
  if (format == LogFormat::json) { return Style::json; }
  if (stderr_is_the_journal()) { return Style::journal; }
  const char* no_color = std::getenv("NO_COLOR");
  return isatty(STDERR_FILENO) != 0 && (no_color == nullptr || *no_color == '\0') ? Style::colour : Style::plain;
}

Log::Log(LogFormat format, LogLevel level) : style_{style_for(format)}, level_{level} {
  if (style_ == Style::colour) {
    sink_ = std::make_unique<spdlog::sinks::ansicolor_stderr_sink_mt>(spdlog::color_mode::always);
  } else {
    sink_ = std::make_unique<spdlog::sinks::stderr_sink_mt>();
  }
  sink_->set_pattern(style_ == Style::colour ? "%^%v%$" : "%v");
}

Log::Log(Sink sink, LogLevel level) : style_{Style::plain}, level_{level}, elsewhere_{std::move(sink)} {}

Log::~Log() { tell_all_repeats(); }

void Log::write(LogKind kind, std::string_view subject, std::string_view line) const {
  write_at(level_, kind, subject, line);
}

void Log::write_at(LogLevel limit, LogKind kind, std::string_view subject, std::string_view line) const {
  if (kind.level > limit) { return; }
  if (elsewhere_) { return elsewhere_(kind, subject, line); }
  if (is_limited(kind)) {
    const RepeatLimit::Verdict verdict = repeats_.take(kind, subject, line, monotonic_ns());
    if (verdict.told) { put(*verdict.told); }
    if (!verdict.passes) { return; }
  }
  put(kind, subject, line);
}

void Log::tell_repeats() const {
  if (!can_write_to_stderr()) { return; }
  for (const RepeatLimit::Told& told : repeats_.take_due(monotonic_ns())) { put(told); }
}

void Log::tell_all_repeats() const noexcept {
  try {
    for (const RepeatLimit::Told& told : repeats_.take_all(monotonic_ns())) { put(told); }
  } catch (const std::exception&) {}  // without memory it is not told
}

void Log::put(const RepeatLimit::Told& told) const {
  if (style_ == Style::json) { return put(told.kind, told.subject, told.text, told.count, told.ago_ns); }
  const int64_t seconds = std::max<int64_t>(told.for_ns / one_second_ns, 1);
  const int64_t ago = told.ago_ns / one_second_ns;
  const std::string last = ago > 0 ? ", the last " + std::to_string(ago) + " s ago" : "";
  const std::string more =
      " (" + std::to_string(told.count) + " more in " + std::to_string(seconds) + " s" + last + ")";
  put(told.kind, told.subject, told.text + more);
}

void Log::put(LogKind kind, std::string_view subject, std::string_view line, uint64_t count, int64_t ago_ns) const {
  const auto index = static_cast<std::size_t>(kind.level);
  std::string whole;
  if (style_ == Style::json) {
    whole = json_line(kind, subject, line, count, ago_ns);
  } else {
    if (style_ == Style::journal) { whole = journal_prefixes[index]; }
    whole.append(name_of(kind.level)).append(" ").append(subject).append(": ").append(printable(line));
    // Of a plugin's own lines the subject says all, unless one looks as if it had an id.
    if (kind.event != LogEvent::plugin_line || line.find('[') != std::string_view::npos) {
      whole.append(" [").append(facts_of(kind.event).id).append("]");
    }
  }
  sink_->log(spdlog::details::log_msg{spdlog::string_view_t{}, colours[index], whole});
  sink_->flush();
}

}  // namespace culvert
