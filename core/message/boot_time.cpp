// SPDX-License-Identifier: MIT
#include "core/message/boot_time.hpp"

#include "core/message/bytes.hpp"
#include "core/message/encode.hpp"
#include "core/message/json_array.hpp"
#include "core/util/clock.hpp"

#include <algorithm>
#include <chrono>

namespace culvert {
namespace {

// Where the parts of an entry are (FRAMES.md in core/channel).
constexpr std::size_t time_at = 12, flags_at = 20;

constexpr std::string_view time_form = "0000-00-00T00:00:00.000Z";

/// Of a text that append_time made; in milliseconds, for which any date has room.
int64_t read_time_ms(std::string_view text) noexcept {
  const auto number = [&](std::size_t at, std::size_t size) {
    int value = 0;
    for (const char digit : text.substr(at, size)) { value = 10 * value + (digit - '0'); }
    return value;
  };
  namespace chrono = std::chrono;
  const chrono::sys_days day{chrono::year{number(0, 4)} / number(5, 2) / number(8, 2)};
  const auto time = day + chrono::hours{number(11, 2)} + chrono::minutes{number(14, 2)} +
                    chrono::seconds{number(17, 2)} + chrono::milliseconds{number(20, 3)};
  return chrono::milliseconds{time.time_since_epoch()}.count();
}

bool is_time(std::string_view text) noexcept {
  if (text.size() != time_form.size()) { return false; }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_digit = text[i] >= '0' && text[i] <= '9';
    if (time_form[i] == '0' ? !is_digit : text[i] != time_form[i]) { return false; }
  }
  return true;
}

/// Where the next text of a time is that encode_json wrote behind `from`. Within a string of JSON no quote stands
/// alone, so what begins an object that has a time can't be met in one.
std::size_t next_time(std::string_view json, std::size_t from) noexcept {
  for (std::size_t at = json.find(json_time_key, from); at != std::string_view::npos;
       at = json.find(json_time_key, at)) {
    at += json_time_key.size();
    if (is_time(json.substr(at, time_form.size()))) { return at; }
  }
  return std::string_view::npos;
}

/// Moves all times, in their places.
void shift(std::string& text, std::size_t from, int64_t by_ns) {
  std::string time;
  for (std::size_t at = next_time(text, from); at != std::string::npos; at = next_time(text, at)) {
    time.clear();
    const int64_t ms = read_time_ms(std::string_view{text}.substr(at, time_form.size()));
    if (ms > INT64_MAX / one_ms_ns || ms < INT64_MIN / one_ms_ns) { continue; }
    append_time(moved_ns(ms * one_ms_ns, by_ns), time);
    text.replace(at, time.size(), time);
  }
}

/// Takes out all marks behind a time.
void erase_marks(std::string& json) {
  std::string rest;
  std::size_t done = 0;
  for (std::size_t at = next_time(json, 0); at != std::string::npos; at = next_time(json, at)) {
    const std::size_t mark = at + time_form.size() + 1;
    if (json.compare(mark, json_unsynced.size(), json_unsynced) != 0) { continue; }
    rest.append(json, done, mark - done);
    done = mark + json_unsynced.size();
  }
  json = rest.append(json, done);
}

}  // namespace

bool counts_from_boot(std::string_view entry) noexcept {
  return entry.size() >= entry_header_size && (load_le<uint32_t>(entry.data() + flags_at) & from_boot_flag) != 0;
}

int64_t entry_time_ns(std::string_view entry) noexcept {
  return static_cast<int64_t>(load_le<uint64_t>(entry.data() + time_at));
}

void count_from_boot(culvert_message& message, int64_t boot_ns, bool json_too) noexcept {
  message.time_ns = boot_ns;
  message.flags |= CULVERT_TIME_UNSYNCED | from_boot_flag | (json_too ? json_from_boot_flag : 0);
}

void set_entry_wall_time(std::string& entry, int64_t wall_ns) {
  const auto flags = load_le<uint32_t>(entry.data() + flags_at);
  const int64_t by_ns = moved_ns(wall_ns, -std::max(entry_time_ns(entry), -INT64_MAX));
  store_le(entry.data() + time_at, static_cast<uint64_t>(wall_ns));
  store_le(entry.data() + flags_at, flags & ~(from_boot_flag | json_from_boot_flag));
  if ((flags & json_from_boot_flag) != 0) { shift(entry, entry.size() - entry_payload(entry).size(), by_ns); }
}

const culvert_message& WallTimes::of(const culvert_message& message, int64_t zero_ns, bool is_set) {
  if ((message.flags & (from_boot_flag | unfollowed_flag)) == 0) { return message; }
  message_ = message;
  message_.flags &= ~unfollowed_flag;
  if (!counts_from_boot(message)) { return message_; }
  message_.time_ns = moved_ns(message.time_ns, zero_ns);
  message_.flags &= ~(from_boot_flag | json_from_boot_flag);
  if (is_set) { message_.flags &= ~static_cast<uint32_t>(CULVERT_TIME_UNSYNCED); }
  if ((message.flags & json_from_boot_flag) == 0) { return message_; }
  payload_.assign(message.payload.data, message.payload.size);
  shift(payload_, 0, zero_ns);
  if (is_set) { erase_marks(payload_); }
  message_.payload = {payload_.data(), payload_.size()};
  return message_;
}

}  // namespace culvert
