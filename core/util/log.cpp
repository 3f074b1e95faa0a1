// SPDX-License-Identifier: MIT
#include "core/util/log.hpp"

#include "core/util/clock.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/details/log_msg.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <utility>

namespace culvert {
namespace {

constexpr std::array<std::string_view, 4> names{"error", "warn", "info", "debug"};
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

std::string json_line(LogLevel level, std::string_view subject, std::string_view line) {
  nlohmann::ordered_json object;
  object["time_ns"] = wall_ns();
  object["level"] = names[static_cast<std::size_t>(level)];
  object["subject"] = subject;
  object["message"] = line;
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
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

Log::~Log() = default;

void Log::write(LogLevel level, std::string_view subject, std::string_view line) const {
  write_at(level_, level, subject, line);
}

void Log::write_at(LogLevel limit, LogLevel level, std::string_view subject, std::string_view line) const {
  if (level > limit) { return; }
  if (elsewhere_) { return elsewhere_(level, subject, line); }
  const auto index = static_cast<std::size_t>(level);
  std::string whole;
  if (style_ == Style::json) {
    whole = json_line(level, subject, line);
  } else {
    if (style_ == Style::journal) { whole = journal_prefixes[index]; }
    whole.append(names[index]).append(" ").append(subject).append(": ").append(printable(line));
  }
  sink_->log(spdlog::details::log_msg{spdlog::string_view_t{}, colours[index], whole});
  sink_->flush();
}

}  // namespace culvert
