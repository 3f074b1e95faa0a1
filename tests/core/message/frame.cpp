// SPDX-License-Identifier: MIT
#include "core/message/frame.hpp"

#include "core/message/check.hpp"
#include "tests/core/message/samples.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

using namespace culvert;
using namespace std::literals;

namespace {

std::string entry_of(const culvert_message& message, uint64_t seq = 1) {
  std::string entry;
  write_entry(message, seq, entry);
  return entry;
}

std::string frame_of(std::span<const std::string> entries, uint64_t epoch = 7) {
  std::string frame;
  write_messages_header(epoch, static_cast<uint32_t>(entries.size()), frame);
  for (const auto& entry : entries) { frame += entry; }
  return frame;
}

bool opens(std::string_view frame) { return EntryReader{}.open(frame); }
bool decodes(std::string_view entry) { return DecodedMessage{}.decode(entry); }

}  // namespace

TEST_CASE("frame: the bytes are those of FRAMES.md") {
  std::string frame;
  write_hello(0x0102030405060708, {.run_id = 0x11, .first_seq = 0x22}, frame);
  CHECK(frame == "CVT1\x01\0\0\0\x08\x07\x06\x05\x04\x03\x02\x01\x11\0\0\0\0\0\0\0\x22\0\0\0\0\0\0\0"sv);
  frame.clear();
  write_welcome(1, {.messages = 2, .bytes = 3, .frames = 4}, frame);
  CHECK(frame == "CVT1\x02\0\0\0\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0"sv);
  frame.clear();
  write_settled(1, {{2, 3, 4}, {{5, 6, CULVERT_REJECTED, "why"}}}, frame);
  CHECK(frame ==
        "CVT1\x04\0\0\0\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0\x01\0\0\0"
        "\x05\0\0\0\0\0\0\0\x06\0\0\0\0\0\0\0\x03\0\0\0\x03\0why"sv);
  frame.clear();
  write_messages_header(1, 256, frame);
  CHECK(frame == "CVT1\x03\0\0\0\x01\0\0\0\0\0\0\0\0\x01\0\0"sv);
  CHECK(frame.size() == messages_header_size);
}

TEST_CASE("frame: an entry's bytes are those of FRAMES.md") {
  Draft draft;
  draft.topic("t/1").time_ns(-2).flags(CULVERT_RETAINED).payload("hi", "x").property("k", "v!");
  CHECK(entry_of(draft.raw(), 9) ==
        "\x2D\0\0\0"
        "\x09\0\0\0\0\0\0\0"
        "\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
        "\x01\0\0\0\x01\x01\0\0\x03\0\x01\0\x02\0\0\0"
        "t/1x\x01\0\x02\0kv!hi"sv);
  Draft record;
  record.topic("t").field("v", int64_t{-1}, "Cel", CULVERT_UNCERTAIN).field("s", "ab"sv);
  CHECK(entry_of(record.raw(), 1) ==
        "\x40\0\0\0"
        "\x01\0\0\0\0\0\0\0"
        "\0\0\0\0\0\0\0\0"
        "\0\0\0\0\0\0\x02\0\x01\0\0\0\0\0\0\0"
        "t\x02\x01\x01\0\x03\0vCel\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
        "\x05\0\x01\0\0\0s\x02\0\0\0ab"sv);
}

TEST_CASE("frame: a frame of one kind is none of another, and a cut or longer one is none at all") {
  std::string hello, welcome, settled;
  write_hello(1, {}, hello);
  write_welcome(1, {}, welcome);
  write_settled(1, {{}, {{1, 2, CULVERT_OK}}}, settled);
  Settled read;
  CHECK_FALSE(read_hello(welcome));
  CHECK_FALSE(read_welcome(hello));
  CHECK_FALSE(read_settled(welcome, read));
  CHECK_FALSE(opens(hello));
  for (std::size_t size = 0; size < settled.size(); ++size) {
    CHECK_FALSE(read_settled(std::string_view{settled}.substr(0, size), read));
    if (size < hello.size()) { CHECK_FALSE(read_hello(std::string_view{hello}.substr(0, size))); }
    if (size < welcome.size()) { CHECK_FALSE(read_welcome(std::string_view{welcome}.substr(0, size))); }
  }
  CHECK_FALSE(read_hello(hello + '\0'));
  CHECK_FALSE(read_welcome(welcome + '\0'));
  CHECK_FALSE(read_settled(settled + '\0', read));
}

TEST_CASE("frame: every kind of message comes back as it was written") {
  for (auto& sample : sample_messages()) {
    const auto& message = sample.raw();
    REQUIRE(message_problem(message) == "");
    const std::string entry = entry_of(message, 77);
    CHECK(entry.size() == entry_size(message));
    CHECK(entry_seq(entry) == 77);
    DecodedMessage decoded;
    decoded.set_run_id(3);
    REQUIRE(decoded.decode(entry));
    const auto& read = decoded.raw();
    CHECK(read.size == sizeof read);
    CHECK(read.run_id == 3);
    CHECK(read.seq == 77);
    CHECK(read.time_ns == message.time_ns);
    CHECK(read.flags == message.flags);
    CHECK(read.kind == message.kind);
    CHECK(view(read.topic) == view(message.topic));
    CHECK(view(read.payload) == view(message.payload));
    CHECK(view(read.content_type) == view(message.content_type));
    CHECK(read.field_count == message.field_count);
    CHECK(read.property_count == message.property_count);
    for (uint32_t i = 0; i < read.field_count; ++i) {
      CHECK(view(read.fields[i].name) == view(message.fields[i].name));
      CHECK(view(read.fields[i].unit) == view(message.fields[i].unit));
      CHECK(read.fields[i].type == message.fields[i].type);
      CHECK(read.fields[i].quality == message.fields[i].quality);
    }
    CHECK(entry_of(read, 77) == entry);
  }
}

TEST_CASE("frame: numbers keep every bit") {
  Draft draft;
  draft.topic("t").field("least", std::numeric_limits<int64_t>::min()).field("minus zero", -0.0);
  draft.field("tiny", 5e-324).field("nan", std::numeric_limits<double>::quiet_NaN());
  DecodedMessage decoded;
  const std::string entry = entry_of(draft.raw());
  REQUIRE(decoded.decode(entry));
  CHECK(decoded.raw().fields[0].value.i64 == std::numeric_limits<int64_t>::min());
  CHECK(std::signbit(decoded.raw().fields[1].value.f64));
  CHECK(decoded.raw().fields[2].value.f64 == 5e-324);
  CHECK(std::isnan(decoded.raw().fields[3].value.f64));
}

TEST_CASE("frame: structs that are longer than ours are stepped through by their own size") {
  struct LongField {
    culvert_field field;
    uint64_t later;
  };
  LongField fields[2]{};
  for (auto& longer : fields) {
    longer.field.size = sizeof longer;
    longer.field.type = CULVERT_U64;
    longer.field.value.u64 = 12;
    longer.later = UINT64_MAX;
  }
  culvert_message message = Draft{}.topic("t").raw();
  message.fields = &fields[0].field;
  message.field_count = 2;
  DecodedMessage decoded;
  const std::string entry = entry_of(message);
  REQUIRE(decoded.decode(entry));
  CHECK(decoded.raw().fields[1].value.u64 == 12);
}

TEST_CASE("frame: an entry is renumbered in place, and its length tells where the next begins") {
  const auto sample = sample_messages()[1];
  std::string entry = entry_of(Draft{sample}.raw(), 1);
  CHECK(entry_length(entry + "more") == entry.size());
  set_entry_seq(entry, UINT64_MAX);
  CHECK(entry == entry_of(Draft{sample}.raw(), UINT64_MAX));
}

TEST_CASE("frame: entries come back in order, and next is empty at the end") {
  auto samples = sample_messages();
  std::vector<std::string> entries;
  for (auto& sample : samples) {
    if (entry_size(sample.raw()) < 10'000) { entries.push_back(entry_of(sample.raw(), entries.size() + 5)); }
  }
  const std::string frame = frame_of(entries);
  EntryReader reader;
  CHECK(reader.next().empty());
  REQUIRE(reader.open(frame));
  CHECK(reader.count() == entries.size());
  for (const auto& entry : entries) { CHECK(reader.next() == entry); }
  CHECK(reader.next().empty());
}

TEST_CASE("frame: a frame of messages that is cut or longer anywhere is refused") {
  auto samples = sample_messages();
  const std::vector<std::string> entries{entry_of(samples[0].raw(), 1), entry_of(samples[1].raw(), 2)};
  const std::string frame = frame_of(entries);
  for (std::size_t size = 0; size < frame.size(); ++size) {
    CHECK_FALSE(opens(std::string_view{frame}.substr(0, size)));
  }
  CHECK_FALSE(opens(frame + '\0'));
  CHECK_FALSE(opens(frame + entries[1]));
}

TEST_CASE("frame: a count of 0 or 257, and numbers that do not rise, are refused") {
  const std::string entry = entry_of(Draft{}.topic("t").raw(), 4);
  const std::string first = entry_of(Draft{}.topic("t").raw(), 3);
  CHECK_FALSE(opens(with(frame_of(std::vector{entry}), 16, 0)));
  CHECK_FALSE(opens(with(frame_of(std::vector{entry}), 19, 1)));
  CHECK(opens(frame_of(std::vector{first, entry})));
  CHECK_FALSE(opens(frame_of(std::vector{entry, entry})));
  CHECK_FALSE(opens(frame_of(std::vector{entry, first})));
  std::vector<std::string> many;
  for (uint64_t seq = 0; seq < 256; ++seq) { many.push_back(entry_of(Draft{}.topic("t").raw(), seq)); }
  CHECK(opens(frame_of(many)));
  std::string more = frame_of(many) + entry_of(Draft{}.topic("t").raw(), 256);
  CHECK_FALSE(opens(with(more, 16, 1)));
}

TEST_CASE("frame: only a single message may go past 64 KiB") {
  const std::string bulk(40'000, 'x');
  const std::string one = entry_of(Draft{}.topic("t").payload(bulk).raw(), 1);
  const std::string two = entry_of(Draft{}.topic("t").payload(bulk).raw(), 2);
  CHECK(opens(frame_of(std::vector{one})));
  CHECK_FALSE(opens(frame_of(std::vector{one, two})));
  CHECK(opens(frame_of(std::vector{entry_of(Draft{}.topic("t").payload(std::string(1 << 20, 'x')).raw())})));
  const std::size_t room = max_frame_bytes - messages_header_size - one.size() - entry_header_size - 1;
  const auto filler = [&](std::size_t size) {
    return entry_of(Draft{}.topic("t").payload(std::string(size, 'x')).raw(), 2);
  };
  CHECK(opens(frame_of(std::vector{one, filler(room)})));
  CHECK_FALSE(opens(frame_of(std::vector{one, filler(room + 1)})));
}

TEST_CASE("frame: an entry that is cut or longer anywhere is refused, its length corrected or not") {
  for (auto& sample : sample_messages()) {
    const std::string entry = entry_of(sample.raw());
    for (std::size_t size = 0; size < entry.size(); size = size < 400 ? size + 1 : size + 997) {
      std::string cut = entry.substr(0, size);
      CHECK_FALSE(decodes(cut));
      if (size < 4) { continue; }
      for (std::size_t i = 0; i < 4; ++i) { cut[i] = static_cast<char>((size - 4) >> (8 * i)); }
      CHECK_FALSE(decodes(cut));
    }
    CHECK_FALSE(decodes(entry + '\0'));
    std::string longer = entry + '\0';
    for (std::size_t i = 0; i < 4; ++i) { longer[i] = static_cast<char>((longer.size() - 4) >> (8 * i)); }
    CHECK_FALSE(decodes(longer));
  }
}

TEST_CASE("frame: an entry outside its ranges is refused and leaves an empty message") {
  Draft draft;
  draft.topic("t").field("b", 1.0).property("k", "v");
  const std::string record = entry_of(draft.raw());
  const std::string payload = entry_of(Draft{}.topic("t").payload("p").raw());
  REQUIRE(decodes(record));
  REQUIRE(decodes(payload));
  CHECK_FALSE(decodes(with(record, 20, 0x10)));             // an unknown flag
  CHECK_FALSE(decodes(with(record, 24, 2)));                // kind
  CHECK_FALSE(decodes(with(record, 24, CULVERT_PAYLOAD)));  // a payload with fields
  CHECK_FALSE(decodes(with(payload, 24, CULVERT_RECORD)));  // a record with a payload
  CHECK_FALSE(decodes(with(record, 25, 33)));               // properties
  CHECK_FALSE(decodes(with(record, 27, 0x20)));             // fields
  CHECK_FALSE(decodes(with(record, 36, '+')));              // the topic
  CHECK_FALSE(decodes(with(record, 36, '\xFF')));
  const std::size_t field = entry_header_size + 1 + 6;
  REQUIRE(record[field] == CULVERT_F64);
  CHECK_FALSE(decodes(with(record, field, CULVERT_BYTES + 1)));    // type
  CHECK_FALSE(decodes(with(record, field + 1, CULVERT_BAD + 1)));  // quality
  DecodedMessage decoded;
  REQUIRE(decoded.decode(record));
  CHECK_FALSE(decoded.decode(with(record, 36, '#')));
  CHECK(decoded.raw().field_count == 0);
  CHECK(decoded.raw().fields == nullptr);
  CHECK(decoded.raw().topic.size == 0);
}

TEST_CASE("frame: a bool is 0 or 1") {
  culvert_field field{};
  field.size = sizeof field;
  field.type = CULVERT_BOOL;
  field.value.boolean = 1;
  culvert_message message = Draft{}.topic("t").raw();
  message.fields = &field;
  message.field_count = 1;
  const std::string entry = entry_of(message);
  CHECK(decodes(entry));
  CHECK_FALSE(decodes(with(entry, entry.size() - 1, 2)));
}
