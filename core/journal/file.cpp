// SPDX-License-Identifier: MIT
#include "core/journal/file.hpp"

#include "core/journal/names.hpp"
#include "core/lib/sqlite/error.hpp"
#include "core/message/bytes.hpp"

#include <algorithm>
#include <filesystem>
#include <random>

namespace culvert::journal {
namespace {

constexpr const char* schema =
    "CREATE TABLE fact(name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE message(seq INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL, messages INTEGER NOT NULL,"
    " sum INTEGER NOT NULL, entry BLOB NOT NULL);"
    "CREATE TABLE dead(id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, ended_ns INTEGER NOT NULL, reason TEXT NOT NULL,"
    " entry BLOB NOT NULL);";

uint64_t random_id() {
  std::random_device device;
  return uint64_t{device()} << 32 | device() | 1;
}

int64_t as_signed(uint64_t number) noexcept { return static_cast<int64_t>(number); }
uint64_t as_unsigned(int64_t number) noexcept { return static_cast<uint64_t>(number); }

}  // namespace

// As FNV-1a of 64 bits (Fowler, Noll, Vo), but by words, which takes an eighth of the time, and with a fold for their
// upper bits. Each step maps the state one to one, so that a changed byte is always noticed.
uint64_t checksum(uint64_t seq, int64_t at_ns, uint64_t messages, std::string_view entry) noexcept {
  constexpr uint64_t prime = 0x100000001b3;
  uint64_t sum = 0xcbf29ce484222325;
  const auto add = [&sum](uint64_t word) {
    sum = (sum ^ word) * prime;
    sum ^= sum >> 32;
  };
  for (const uint64_t word : {seq, as_unsigned(at_ns), messages}) { add(word); }
  for (; entry.size() >= sizeof(uint64_t); entry.remove_prefix(sizeof(uint64_t))) {
    add(load_le<uint64_t>(entry.data()));
  }
  char rest[sizeof(uint64_t)]{};
  std::copy(entry.begin(), entry.end(), rest);
  add(load_le<uint64_t>(rest));
  return sum;
}

File::File(const std::string& path, const FileOptions& options)
    : database_{path, sqlite::Database::Access::read_write},
      full_sync_{options.full_sync},
      max_dead_bytes_{options.max_bytes / dead_share} {
  // SQLite fills up what is shorter than a page, and undoes what was begun.
  const std::uintmax_t size = std::filesystem::file_size(path);
  const bool is_begun = std::filesystem::exists(path + std::string{undo_end});
  set_up(options);
  if (database_.number("SELECT count(*) FROM sqlite_master") == 0) {
    // A journal whose making was cut short is empty, or has one page, or a part of it and the way back beside it.
    const bool is_making = size == 0 || size == page_bytes || (is_begun && size < page_bytes);
    if (!is_making) { throw sqlite::not_a_database("it is cut short"); }
    make_schema(options);
  }
  check_kind(database_);
  // A file whose head says that this version may not write it can be read all the same.
  begin();
  database_.run("DELETE FROM fact WHERE name = ''");
  roll_back();
  insert_ = database_.prepare("INSERT OR REPLACE INTO message VALUES(?1, ?2, ?3, ?4, ?5)");
  erase_ = database_.prepare("DELETE FROM message WHERE seq BETWEEN ?1 AND ?2");
  up_ = database_.prepare(
      "SELECT seq, at_ns, messages, sum, entry FROM message WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq");
  down_ = database_.prepare(
      "SELECT seq, at_ns, messages, sum, entry FROM message WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq DESC");
  bury_ = database_.prepare("INSERT INTO dead(seq, ended_ns, reason, entry) VALUES(?1, ?2, ?3, ?4)");
  bury_row_ = database_.prepare("SELECT at_ns, entry FROM message WHERE seq = ?1");
  oldest_dead_ = database_.prepare("SELECT id, length(entry) FROM dead ORDER BY id LIMIT 1");
  erase_dead_ = database_.prepare("DELETE FROM dead WHERE id = ?1");
  read_facts();
}

void File::set_up(const FileOptions& options) {
  // Nobody else reads a journal that is in use: so its log needs no shared memory, which a full disk could not hold,
  // and no reader keeps the log from being cut.
  database_.run("PRAGMA locking_mode = EXCLUSIVE");
  if (database_.number("PRAGMA page_count") == 0) { database_.run("PRAGMA page_size = 4096"); }
  database_.run("PRAGMA journal_mode = WAL");
  database_.run(options.full_sync ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  database_.run("PRAGMA max_page_count = " + std::to_string(options.max_bytes / page_bytes));
  // Debian's library writes zeros over what is erased, and with them each freed page into the log.
  database_.run("PRAGMA secure_delete = OFF");
  // The log: 1 MiB before it is brought in, and cut to that where a large group made more of it.
  database_.watch_log();
  database_.run("PRAGMA journal_size_limit = 1048576");
  database_.run("PRAGMA cache_size = -512; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON");
}

void File::make_schema(const FileOptions& options) {
  begin();
  try {
    database_.run(schema);
    database_.run("PRAGMA application_id = " + std::to_string(application_id) +
                  "; PRAGMA user_version = " + std::to_string(version));
    write_fact("route", options.route);
    id_ = random_id();
    reserve(1);
    commit();
  } catch (...) {
    roll_back();
    throw;
  }
}

void check_kind(sqlite::Database& database) {
  if (database.number("PRAGMA application_id") != File::application_id) {
    throw sqlite::not_a_database("it is no journal of Culvert's");
  }
  const int64_t found = database.number("PRAGMA user_version");
  if (found != File::version) {
    throw sqlite::not_a_database("it is a journal of version " + std::to_string(found) + ", this is version 1");
  }
  // Only what this program made: a table of another form would be read wrong.
  std::string found_schema;
  auto tables = database.prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid");
  while (tables.step()) { found_schema.append(tables.bytes(0)).append(";"); }
  if (found_schema != schema) { throw sqlite::not_a_database("its tables are not those of a journal"); }
}

void File::read_facts() {
  id_ = as_unsigned(fact("id"));
  const uint64_t reserved = as_unsigned(fact("next_seq"));
  // A number too low would give messages the names of others.
  if (as_unsigned(fact("sum")) != checksum(reserved, fact("first_seq"), id_, {})) {
    throw sqlite::not_a_database("its numbers are damaged");
  }
  next_seq_ = std::max(reserved, as_unsigned(database_.number("SELECT max(seq) FROM message")) + 1);
  if (next_seq_ > as_unsigned(INT64_MAX / 2)) { throw sqlite::not_a_database("its numbers are out of range"); }
  count_dead();
  clock_ = clock_of(database_).value_or(Clock{next_seq_});
}

std::optional<Clock> clock_of(sqlite::Database& database) {
  const std::string boot = boot_id();
  if (boot.empty() || database.text("SELECT value FROM fact WHERE name = 'boot'") != boot) { return {}; }
  const int64_t zero_ns = database.number("SELECT value FROM fact WHERE name = 'zero_ns'");
  return Clock{zero_ns, as_unsigned(database.number("SELECT value FROM fact WHERE name = 'first_seq'"))};
}

int64_t File::fact(const char* name) {
  auto value = database_.prepare("SELECT value FROM fact WHERE name = ?1");
  return value.bind_text(1, name).step() ? value.number(0) : 0;
}

void File::write_fact(const char* name, int64_t value) {
  database_.prepare("INSERT OR REPLACE INTO fact VALUES(?1, ?2)").bind_text(1, name).bind(2, value).run();
}

void File::write_fact(const char* name, const std::string& value) {
  database_.prepare("INSERT OR REPLACE INTO fact VALUES(?1, ?2)").bind_text(1, name).bind_text(2, value).run();
}

void File::reserve(uint64_t seq) {
  write_fact("id", as_signed(id_));
  write_fact("next_seq", as_signed(seq));
  write_fact("sum", as_signed(checksum(seq, as_signed(clock_.first_seq()), id_, {})));
  write_fact("boot", boot_id());
  write_fact("zero_ns", clock_.zero_ns());
  write_fact("first_seq", as_signed(clock_.first_seq()));
}

void File::succeed(uint64_t id, uint64_t next_seq, const Clock& clock) {
  id_ = id;
  clock_ = clock;
  next_seq_ = std::max(next_seq_, next_seq);
  reserve(next_seq_);
}

void File::begin(bool lasting) {
  if (lasting != is_lasting_) {
    // Not inside a transaction.
    database_.run(lasting && full_sync_ ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    is_lasting_ = lasting;
  }
  database_.run("BEGIN IMMEDIATE");
  if (is_stale_) { count_dead(); }
}

void File::roll_back() noexcept {
  database_.roll_back();
  is_stale_ = true;
}

void File::count_dead() {
  dead_ = as_unsigned(database_.number("SELECT count(*) FROM dead"));
  dead_bytes_ = database_.number("SELECT sum(length(entry)) FROM dead");
  is_stale_ = false;
}

void File::check() {
  const std::string found = database_.text("PRAGMA quick_check(1)");
  if (found != "ok") { throw sqlite::not_a_database(found); }
}

Stock File::count() {
  auto all = database_.prepare("SELECT min(seq), max(seq), count(*), sum(messages), sum(length(entry)) FROM message");
  Stock stock;
  if (!all.step()) { return stock; }
  stock.first = as_unsigned(all.number(0));
  stock.last = as_unsigned(all.number(1));
  stock.rows = as_unsigned(all.number(2));
  stock.messages = as_unsigned(all.number(3));
  stock.bytes = as_unsigned(all.number(4));
  return stock;
}

int64_t File::used_bytes() {
  return (database_.number("PRAGMA page_count") - database_.number("PRAGMA freelist_count")) * page_bytes;
}

void File::insert(uint64_t seq, int64_t at_ns, uint32_t messages, std::string_view entry) {
  insert_.bind(1, as_signed(seq)).bind(2, at_ns).bind(3, int64_t{messages});
  insert_.bind(4, as_signed(checksum(seq, at_ns, messages, entry))).bind(5, entry).run();
}

void File::erase(uint64_t first, uint64_t last) { erase_.bind(1, as_signed(first)).bind(2, as_signed(last)).run(); }

}  // namespace culvert::journal
