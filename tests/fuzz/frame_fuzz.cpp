// SPDX-License-Identifier: MIT
/// Fuzz target: any bytes as each kind of frame, and as one entry. Aborts when what was read is not written as it was.
#include "tests/fuzz/frame_fuzz.hpp"

#include "core/message/boot_time.hpp"
#include "core/message/check.hpp"
#include "core/message/encode.hpp"
#include "core/message/frame.hpp"

#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace culvert;

void require(bool claim) {
  if (!claim) { std::abort(); }
}

/// Whether the entry decodes. Every byte that a reader could hand out is looked at on the way.
bool check_entry(std::string_view entry) {
  thread_local DecodedMessage decoded;
  thread_local std::string written;
  if (!decoded.decode(entry)) {
    require(decoded.raw().field_count == 0 && decoded.raw().property_count == 0);
    return false;
  }
  written.clear();
  write_entry(decoded.raw(), entry_seq(entry), written);
  require(written == entry && entry_size(decoded.raw()) == entry.size());
  // As a plugin sees it, with and without a clock that is set.
  thread_local WallTimes times;
  for (const bool is_set : {false, true}) {
    const culvert_message& shown = times.of(decoded.raw(), 1'795'428'000'000'000'000, is_set);
    require(message_problem(shown).empty() && shown.payload.size <= decoded.raw().payload.size);
  }
  if (counts_from_boot(entry)) {
    written.assign(entry);
    set_entry_wall_time(written, entry_time_ns(entry) / 2);
    require(written.size() == entry.size() && !counts_from_boot(written));
  }
  if (decoded.raw().kind == CULVERT_RECORD) {
    written.clear();
    encode_json(decoded.raw(), written);
    encode_text(decoded.raw(), written);
  }
  return true;
}

bool check_messages(std::string_view frame) {
  EntryReader reader;
  if (!reader.open(frame)) {
    require(reader.next().empty() && reader.count() == 0);
    return false;
  }
  std::string written;
  write_messages_header(read_header(frame)->epoch, reader.count(), written);
  uint32_t count = 0;
  for (auto entry = reader.next(); !entry.empty(); entry = reader.next(), ++count) {
    check_entry(entry);
    written += entry;
  }
  require(count == reader.count() && written == frame);
  return true;
}

bool check_answers(std::string_view frame, uint64_t epoch) {
  thread_local Settled settled;
  std::string written;
  if (const auto hello = read_hello(frame)) {
    write_hello(epoch, *hello, written);
  } else if (const auto credit = read_welcome(frame)) {
    write_welcome(epoch, *credit, written);
  } else if (read_settled(frame, settled)) {
    write_settled(epoch, settled, written);
  } else {
    return false;
  }
  require(written == frame);
  return true;
}

}  // namespace

bool check_frame(std::string_view bytes) {
  const bool is_entry = check_entry(bytes);
  const auto header = read_header(bytes);
  const bool is_answer = header && check_answers(bytes, header->epoch);
  const bool is_messages = check_messages(bytes);
  require(header || !is_messages);
  return is_entry || is_answer || is_messages;
}

int fuzz_frame(const uint8_t* data, std::size_t size) {
  check_frame({reinterpret_cast<const char*>(data), size});
  return 0;
}
