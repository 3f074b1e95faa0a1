// SPDX-License-Identifier: MIT
// How rows are read back, and how they make room.
#include "core/journal/file.hpp"
#include "core/message/boot_time.hpp"
#include "core/message/frame.hpp"
#include "core/util/clock.hpp"

#include <algorithm>

namespace culvert::journal {
namespace {

int64_t as_signed(uint64_t number) noexcept { return static_cast<int64_t>(number); }
uint64_t as_unsigned(int64_t number) noexcept { return static_cast<uint64_t>(number); }

void add(Stock& stock, const Row& row) {
  if (stock.rows == 0) { stock.first = row.seq; }
  stock.last = row.seq;
  ++stock.rows;
  stock.messages += row.messages;
  stock.bytes += row.entry.size();
}

}  // namespace

bool take_row(const sqlite::Statement& statement, Row& ret_row) {
  const uint64_t seq = as_unsigned(statement.number(0));
  const std::string_view entry = statement.bytes(4);
  const int64_t at_ns = statement.number(1), messages = statement.number(2);
  // The sum says that the bytes are those that were written; the rest, that an outlet can work with them.
  const bool is_sound = entry.size() >= entry_header_size && entry.size() <= max_entry_bytes &&
                        entry_length(entry) == entry.size() && entry_seq(entry) == seq && messages >= 1 &&
                        messages <= UINT32_MAX &&
                        as_unsigned(statement.number(3)) == checksum(seq, at_ns, as_unsigned(messages), entry);
  if (is_sound) { ret_row = {seq, at_ns, static_cast<uint32_t>(messages), std::string{entry}}; }
  return is_sound;
}

void guess_time(Row& row, uint64_t first_seq) {
  // A row that is buried has not been checked.
  DecodedMessage whole;
  if (!counts_from_boot(row.entry) || !whole.decode(row.entry)) { return; }
  // Of an earlier start of the box the time at which it was placed is all that is left.
  set_entry_wall_time(row.entry, row.seq < first_seq ? row.at_ns : moved_ns(entry_time_ns(row.entry), wall_zero_ns()));
}

Found File::read(const Wanted& wanted) {
  Found found;
  found.first = wanted.first;
  found.last = wanted.last;
  sqlite::Statement& statement = wanted.newest ? down_ : up_;
  const sqlite::Rewind rewind{statement};
  statement.bind(1, as_signed(wanted.first)).bind(2, as_signed(wanted.last));
  std::size_t messages = 0, bytes = 0;
  while (statement.step()) {
    Row row;
    if (!take_row(statement, row)) {
      const uint64_t seq = as_unsigned(statement.number(0));
      found.damaged.add(seq, seq);
      continue;
    }
    messages += row.messages;
    bytes += row.entry.size();
    if (!found.rows.empty() && (messages > wanted.max_messages || bytes > wanted.max_bytes)) {
      (wanted.newest ? found.first : found.last) = wanted.newest ? row.seq + 1 : row.seq - 1;
      break;
    }
    found.rows.push_back(std::move(row));
  }
  return found;
}

Stock File::drop_oldest(uint64_t first, uint64_t last, int64_t bytes) {
  Stock dropped;
  {
    const sqlite::Rewind rewind{up_};
    up_.bind(1, as_signed(first)).bind(2, as_signed(last));
    while (static_cast<int64_t>(dropped.bytes) < bytes && up_.step()) {
      Row row;
      if (take_row(up_, row)) {
        add(dropped, row);
      } else {
        ++dropped.damaged;
      }
    }
  }
  if (dropped.rows > 0) { erase(first, dropped.last); }
  return dropped;
}

// Rows that are taken out here and there free no page: the others are written anew, so that they fill theirs.
Stock File::thin(uint64_t first, uint64_t last, int64_t bytes, uint64_t& ret_last) {
  Found found = read({first, last, false, SIZE_MAX, static_cast<std::size_t>(bytes)});
  ret_last = found.last;
  Stock dropped;
  dropped.damaged = found.damaged.count();
  if (found.rows.size() < 2) { return dropped; }
  erase(found.first, found.last);
  bool keeps = true;
  for (const Row& row : found.rows) {
    if (keeps) {
      insert(row.seq, row.at_ns, row.messages, row.entry);
    } else {
      add(dropped, row);
    }
    keeps = !keeps;
  }
  return dropped;
}

uint64_t File::middle(uint64_t first, uint64_t last) {
  auto rows = database_.prepare("SELECT count(*) FROM message WHERE seq BETWEEN ?1 AND ?2");
  rows.bind(1, as_signed(first)).bind(2, as_signed(last));
  const int64_t count = rows.step() ? rows.number(0) : 0;
  auto at = database_.prepare("SELECT seq FROM message WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq LIMIT 1 OFFSET ?3");
  at.bind(1, as_signed(first)).bind(2, as_signed(last)).bind(3, count / 2);
  return at.step() ? as_unsigned(at.number(0)) : first;
}

uint64_t File::bury(uint64_t seq, std::string_view entry, std::string_view reason) {
  return bury(Row{seq, 0, 1, std::string{entry}}, reason);
}

uint64_t File::bury(Row row, std::string_view reason) {
  guess_time(row, clock_.first_seq());
  return bury({row.seq, wall_ns(), std::string{reason}, std::move(row.entry)});
}

uint64_t File::bury(const Dead& letter) {
  bury_.bind(1, as_signed(letter.seq)).bind(2, letter.ended_ns).bind_text(3, letter.reason);
  bury_.bind(4, std::string_view{letter.entry}).run();
  ++dead_;
  dead_bytes_ += static_cast<int64_t>(letter.entry.size());
  return trim_dead();
}

uint64_t File::bury(uint64_t seq, std::string_view reason) {
  Row row;
  {
    const sqlite::Rewind rewind{bury_row_};
    if (!bury_row_.bind(1, as_signed(seq)).step()) { return 0; }
    row = {seq, bury_row_.number(0), 1, std::string{bury_row_.bytes(1)}};
  }
  erase(seq, seq);
  return bury(std::move(row), reason);
}

void File::erase_dead() {
  database_.run("DELETE FROM dead");
  dead_ = 0;
  dead_bytes_ = 0;
}

uint64_t File::trim_dead() {
  uint64_t gone = 0;
  while (dead_ > max_dead || (dead_ > 1 && dead_bytes_ > max_dead_bytes_)) {
    int64_t id = 0, size = 0;
    {
      const sqlite::Rewind rewind{oldest_dead_};
      if (!oldest_dead_.step()) { break; }
      id = oldest_dead_.number(0);
      size = oldest_dead_.number(1);
    }
    erase_dead_.bind(1, id).run();
    --dead_;
    dead_bytes_ -= size;
    ++gone;
  }
  return gone;
}

}  // namespace culvert::journal
