// SPDX-License-Identifier: MIT
/// One journal on disk: a SQLite database with the messages of one route that have not ended, in the order of their
/// numbers, and its dead letters. Used by one thread at a time.
///
/// Everything throws std::system_error of sqlite::category(). What changes the file belongs between `begin` and
/// `commit`; after an error, `roll_back`.
#pragma once

#include "core/journal/clock.hpp"
#include "core/journal/part.hpp"
#include "core/lib/sqlite/database.hpp"
#include "core/util/ranges.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::journal {

/// What messages there are, or were.
struct Stock {
  uint64_t first = 0, last = 0;  ///< their numbers; 0 without any
  uint64_t rows = 0, messages = 0, bytes = 0;
  uint64_t damaged = 0;  ///< rows that are not what was written; not among the others
};

Part<Dead> read_dead(sqlite::Database& database, int64_t after, const PartLimits& limits);

/// Which rows to read, and how many at most; always one, where there is any.
struct Wanted {
  uint64_t first = 0, last = 0;
  bool newest = false;  ///< from the last one down
  std::size_t max_messages = 0, max_bytes = 0;
};

/// What was found. All rows from `first` to `last` were looked at.
struct Found {
  std::vector<Row> rows;
  uint64_t first = 0, last = 0;
  Ranges damaged;  ///< numbers of rows that are not what was written
};

struct FileOptions {
  std::string route = {};  ///< its name, for people
  bool full_sync = true;
  int64_t max_bytes = 256 << 20;
};

class File {
 public:
  static constexpr int64_t page_bytes = 4096;
  static constexpr int64_t application_id = 0x43565431;  ///< "CVT1"
  static constexpr int64_t version = 1;
  static constexpr uint64_t max_dead = 1000;  ///< dead letters; with one more the oldest goes
  static constexpr int64_t dead_share = 8;    ///< and one part in so many of `max_bytes`

  /// Opens a file that is there; one of no bytes becomes a journal.
  File(const std::string& path, const FileOptions& options);

  /// Names this journal: with a number, unique among all messages of all journals.
  uint64_t id() const noexcept { return id_; }
  /// No number below it is used again, and none from here on was. As of the opening.
  uint64_t next_seq() const noexcept { return next_seq_; }
  const Clock& clock() const noexcept { return clock_; }
  /// Walks through the whole file. Rows may be damaged in a file that is sound: reading one tells.
  void check();
  Stock count();
  /// What the file needs of its `max_bytes` now, without the log beside it.
  int64_t used_bytes();

  /// What is not `lasting` survives the end of the process, but not a cut of power before the next that is: for what
  /// may as well be done again. It takes no sync.
  void begin(bool lasting = true);
  void commit() { database_.run("COMMIT"); }
  void roll_back() noexcept;
  void insert(uint64_t seq, int64_t at_ns, uint32_t messages, std::string_view entry);
  void erase(uint64_t first, uint64_t last);
  /// From the next opening on no number below `seq` is used.
  void reserve(uint64_t seq);
  /// Goes on under the name, the numbers and the clock of another journal, whose messages it takes over.
  void succeed(uint64_t id, uint64_t next_seq, const Clock& clock);
  /// Puts an entry among the dead letters. Answers how many others had to go for it.
  uint64_t bury(uint64_t seq, std::string_view entry, std::string_view reason);
  /// The same with one that is a row.
  uint64_t bury(uint64_t seq, std::string_view reason);
  /// The same with one that was among those of another journal.
  uint64_t bury(const Dead& letter);
  uint64_t dead() const noexcept { return dead_; }
  /// Dead letters, the oldest first. `after` is 0 at first.
  Part<Dead> dead_letters(int64_t after, const PartLimits& limits) { return read_dead(database_, after, limits); }
  /// Erases all dead letters.
  void erase_dead();

  Found read(const Wanted& wanted);
  /// Erases the oldest of these until `bytes` are free; answers what it erased.
  Stock drop_oldest(uint64_t first, uint64_t last, int64_t bytes);
  /// Erases every second of the oldest of these, `bytes` of them looked at; answers what it erased, and in `ret_last`
  /// how far it came. The rest is written anew, close together.
  Stock thin(uint64_t first, uint64_t last, int64_t bytes, uint64_t& ret_last);
  /// The number of the row in the middle.
  uint64_t middle(uint64_t first, uint64_t last);

  /// Brings what is in the log into the file, and cuts the log.
  void checkpoint() { database_.run("PRAGMA wal_checkpoint(TRUNCATE)"); }

 private:
  void set_up(const FileOptions& options);
  void make_schema(const FileOptions& options);
  void read_facts();
  int64_t fact(const char* name);
  void write_fact(const char* name, int64_t value);
  void write_fact(const char* name, const std::string& value);
  void count_dead();
  uint64_t bury(Row row, std::string_view reason);
  uint64_t trim_dead();

  sqlite::Database database_;
  bool full_sync_;
  bool is_lasting_ = true;
  sqlite::Statement insert_, erase_, up_, down_, bury_, bury_row_, oldest_dead_, erase_dead_;
  Clock clock_;
  uint64_t id_ = 0, next_seq_ = 1;
  uint64_t dead_ = 0;
  int64_t dead_bytes_ = 0, max_dead_bytes_ = 0;
  bool is_stale_ = false;  ///< the counts of dead letters, after a rollback
};

/// Throws std::system_error when this is no journal of this version.
void check_kind(sqlite::Database& database);
/// The clock of a journal whose last opening was since this start of the box.
std::optional<Clock> clock_of(sqlite::Database& database);
/// A row whose time is not known yet (core/message/boot_time.hpp) gets the best guess that there is, and stays marked.
void guess_time(Row& row, uint64_t first_seq);
/// What tells a damaged row: any change of one byte changes it.
uint64_t checksum(uint64_t seq, int64_t at_ns, uint64_t messages, std::string_view entry) noexcept;
/// Reads a row of seq, at_ns, messages, sum and entry. False when it is not what was written.
bool take_row(const sqlite::Statement& statement, Row& ret_row);

}  // namespace culvert::journal
