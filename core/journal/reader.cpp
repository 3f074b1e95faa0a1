// SPDX-License-Identifier: MIT
#include "core/journal/reader.hpp"

#include "core/journal/names.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

namespace culvert::journal {
namespace {

/// Numbers below it are of an earlier start of the box.
uint64_t first_seq_of(sqlite::Database& database) {
  const std::optional<Clock> clock = clock_of(database);
  return clock ? clock->first_seq() : UINT64_MAX;
}

/// The entry of the row that a statement finds first.
std::string entry_at(sqlite::Database& database, const char* sql) {
  auto statement = database.prepare(sql);
  Row row;
  if (!statement.step() || !take_row(statement, row)) { return {}; }
  guess_time(row, first_seq_of(database));
  return row.entry;
}

/// Calls `take` for each row, which answers how many bytes it took, until a part is full. Damage behind what was read
/// is for the next call to meet.
template <class T, class Take>
void fill(Part<T>& ret_part, const PartLimits& limits, sqlite::Statement& statement, Take&& take) {
  std::size_t rows = 0, bytes = 0;
  try {
    while (rows < limits.rows && bytes < limits.bytes) {
      if (!statement.step()) {
        ret_part.is_last = true;
        return;
      }
      bytes += take();
      ++rows;
      ret_part.after = statement.number(0);
    }
  } catch (const std::system_error&) {
    if (rows == 0) { throw; }
  }
}

}  // namespace

// As the only one who has it open, like the runtime: else its log would need shared memory, which is a file more. A log
// that was there holds messages; bringing it in is the runtime's to do.
sqlite::Database Reader::open() const {
  const bool has_log = std::filesystem::exists(path_ + std::string{log_end});
  sqlite::Database database{path_, sqlite::Database::Access::read_write};
  if (has_log) { database.keep_log(); }
  database.run("PRAGMA busy_timeout = " + std::to_string(patience_ms) +
               "; PRAGMA query_only = ON; PRAGMA locking_mode = EXCLUSIVE; PRAGMA cell_size_check = ON");
  check_kind(database);
  return database;
}

Summary Reader::summary() const {
  sqlite::Database database = open();
  Summary found;
  auto all = database.prepare("SELECT min(seq), max(seq), count(*), sum(messages), sum(length(entry)) FROM message");
  if (all.step()) {
    found.stock.first = static_cast<uint64_t>(all.number(0));
    found.stock.last = static_cast<uint64_t>(all.number(1));
    found.stock.rows = static_cast<uint64_t>(all.number(2));
    found.stock.messages = static_cast<uint64_t>(all.number(3));
    found.stock.bytes = static_cast<uint64_t>(all.number(4));
  }
  found.first = entry_at(database, "SELECT seq, at_ns, messages, sum, entry FROM message ORDER BY seq LIMIT 1");
  found.last = entry_at(database, "SELECT seq, at_ns, messages, sum, entry FROM message ORDER BY seq DESC LIMIT 1");
  found.dead = static_cast<uint64_t>(database.number("SELECT count(*) FROM dead"));
  return found;
}

Part<Row> Reader::messages(int64_t after) const {
  sqlite::Database database = open();
  auto statement = database.prepare("SELECT seq, at_ns, messages, sum, entry FROM message WHERE seq > ?1 ORDER BY seq");
  statement.bind(1, after);
  const uint64_t first_seq = first_seq_of(database);
  Part<Row> part;
  part.after = after;
  fill(part, {}, statement, [&] {
    Row row;
    if (take_row(statement, row)) {
      guess_time(row, first_seq);
      part.items.push_back(std::move(row));
    } else {
      ++part.damaged;
    }
    return statement.bytes(4).size();
  });
  return part;
}

Part<Dead> Reader::dead(int64_t after) const {
  sqlite::Database database = open();
  return read_dead(database, after, {});
}

Part<Dead> read_dead(sqlite::Database& database, int64_t after, const PartLimits& limits) {
  // The table of messages, in the place of this one, has a number for the reason.
  auto statement = database.prepare(
      "SELECT id, seq, ended_ns, reason, entry FROM dead WHERE id > ?1 AND typeof(reason) = 'text' ORDER BY id");
  statement.bind(1, after);
  Part<Dead> part;
  part.after = after;
  fill(part, limits, statement, [&] {
    part.items.push_back({static_cast<uint64_t>(statement.number(1)), statement.number(2),
                          std::string{statement.bytes(3)}, std::string{statement.bytes(4)}});
    return statement.bytes(4).size();
  });
  return part;
}

}  // namespace culvert::journal
