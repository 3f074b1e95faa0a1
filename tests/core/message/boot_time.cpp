// SPDX-License-Identifier: MIT
#include "core/message/boot_time.hpp"

#include "core/message/encode.hpp"
#include "core/message/json_array.hpp"

#include <culvert/plugin.hpp>

#include <doctest/doctest.h>

namespace culvert {
namespace {

constexpr int64_t ms_ns = 1'000'000, second_ns = 1000 * ms_ns;
// 2026-11-23T10:00:00Z, when the box was started.
constexpr int64_t zero_ns = 1'795'428'000 * second_ns;

/// What a route makes of a reading that was measured so long after the start of the box.
std::string entry_of(int64_t boot_ns, std::string_view value, bool as_json = true) {
  Draft draft;
  draft.topic("t").time_ns(boot_ns).flags(CULVERT_TIME_UNSYNCED);
  if (as_json) { draft.field("value", value); }
  std::string text{value};
  if (as_json) {
    text.clear();
    encode_json(draft.raw(), text);
  }
  Draft payload;
  payload.topic("t").payload(text, "application/json");
  culvert_message sent = payload.raw();
  count_from_boot(sent, boot_ns, as_json);
  std::string entry;
  write_entry(sent, 7, entry);
  return entry;
}

std::string array_of(const std::string& entry) {
  DecodedMessage message;
  REQUIRE(message.decode(entry));
  culvert_message array = message.raw();
  const std::string text = '[' + std::string{view(array.payload)} + ']';
  array.payload = {text.data(), text.size()};
  std::string made;
  write_entry(array, 7, made);
  return made;
}

struct Seen {
  int64_t time_ns;
  uint32_t flags;
  std::string payload;
};

Seen seen(const std::string& entry, bool is_set) {
  DecodedMessage decoded;
  REQUIRE(decoded.decode(entry));
  WallTimes times;
  const culvert_message& message = times.of(decoded.raw(), zero_ns, is_set);
  return {message.time_ns, message.flags, std::string{view(message.payload)}};
}

}  // namespace

TEST_CASE("boot time: with a clock that is set a message has its time, in its JSON too, and no mark") {
  const Seen read = seen(entry_of(3723 * second_ns + 45 * ms_ns + 678, "x"), true);
  CHECK(read.time_ns == zero_ns + 3723 * second_ns + 45 * ms_ns + 678);
  CHECK(read.flags == 0);
  CHECK(read.payload == R"({"time":"2026-11-23T11:02:03.045Z","value":"x","quality":"good"})");
}

TEST_CASE(
    "boot time: with a clock that is not set a message has the time that is known, and is marked, in its JSON too") {
  const Seen read = seen(entry_of(3723 * second_ns, "x"), false);
  CHECK(read.time_ns == zero_ns + 3723 * second_ns);
  CHECK(read.flags == CULVERT_TIME_UNSYNCED);
  CHECK(read.payload == R"({"time":"2026-11-23T11:02:03.000Z","time_unsynced":true,"value":"x","quality":"good"})");
}

TEST_CASE("boot time: each element of an array has its own time") {
  std::string entry = array_of(entry_of(0, "a"));
  join_arrays(entry, array_of(entry_of(second_ns, "b")));
  join_arrays(entry, array_of(entry_of(90'000 * second_ns, "c")));
  CHECK(seen(entry, true).payload == R"([{"time":"2026-11-23T10:00:00.000Z","value":"a","quality":"good"},)"
                                     R"({"time":"2026-11-23T10:00:01.000Z","value":"b","quality":"good"},)"
                                     R"({"time":"2026-11-24T11:00:00.000Z","value":"c","quality":"good"}])");
  set_entry_wall_time(entry, zero_ns + 5 * second_ns);
  const Seen guessed = seen(entry, true);
  CHECK(guessed.time_ns == zero_ns + 5 * second_ns);
  CHECK(guessed.flags == CULVERT_TIME_UNSYNCED);
  CHECK(guessed.payload == R"([{"time":"2026-11-23T10:00:05.000Z","time_unsynced":true,"value":"a","quality":"good"},)"
                           R"({"time":"2026-11-23T10:00:06.000Z","time_unsynced":true,"value":"b","quality":"good"},)"
                           R"({"time":"2026-11-24T11:00:05.000Z","time_unsynced":true,"value":"c","quality":"good"}])");
}

TEST_CASE(
    "boot time: a text that looks like a time is left as it is, within a value and in a payload that is no reading") {
  constexpr std::string_view forged = R"({"time":"2001-01-01T00:00:00.000Z","time_unsynced":true})";
  std::string quoted;
  append_json_string(forged, quoted);
  CHECK(seen(entry_of(0, forged), true).payload ==
        R"({"time":"2026-11-23T10:00:00.000Z","value":)" + quoted + R"(,"quality":"good"})");
  const Seen foreign = seen(entry_of(0, forged, false), true);
  CHECK(foreign.payload == forged);
  CHECK(foreign.time_ns == zero_ns);
}

TEST_CASE("boot time: a message with a time of its own is handed on as it is") {
  Draft draft;
  draft.topic("t").time_ns(5).flags(CULVERT_TIME_UNSYNCED).payload("x");
  WallTimes times;
  CHECK(&times.of(draft.raw(), zero_ns, true) == &draft.raw());
}

TEST_CASE("boot time: flags that do not go together are no message, and no date is too large for one that says so") {
  Draft draft;
  draft.topic("t").payload(R"({"time":"9999-99-99T99:99:99.999Z"})");
  for (const uint32_t flags : {from_boot_flag, json_from_boot_flag, from_boot_flag | json_from_boot_flag,
                               uint32_t{CULVERT_TIME_UNSYNCED} | json_from_boot_flag, uint32_t{1} << 7}) {
    culvert_message message = draft.raw();
    message.flags = flags;
    std::string entry;
    write_entry(message, 1, entry);
    DecodedMessage decoded;
    CHECK_FALSE(decoded.decode(entry));
  }
  culvert_message message = draft.raw();
  count_from_boot(message, INT64_MAX, true);
  std::string entry;
  write_entry(message, 1, entry);
  CHECK(seen(entry, true).payload == view(draft.raw().payload));
  set_entry_wall_time(entry, INT64_MIN);
  CHECK(seen(entry, false).time_ns == INT64_MIN);
}

}  // namespace culvert
