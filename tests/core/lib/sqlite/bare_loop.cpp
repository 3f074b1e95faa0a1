// SPDX-License-Identifier: MIT
#include "tests/core/lib/sqlite/bare_loop.hpp"

#include <sqlite3.h>

#include <stdexcept>

namespace culvert::test {

void close_bare(sqlite3* database) noexcept { sqlite3_close(database); }
void finalize_bare(sqlite3_stmt* statement) noexcept { sqlite3_finalize(statement); }

BareLoop::BareLoop(const std::string& path) {
  sqlite3* made = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &made, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  database_.reset(made);
  check(code);
  // core/journal/file.cpp says why each of these is as it is.
  run("PRAGMA locking_mode = EXCLUSIVE; PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
      "PRAGMA max_page_count = 65536; PRAGMA wal_autocheckpoint = 256; PRAGMA journal_size_limit = 1048576;"
      "PRAGMA cache_size = -512; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON");
  run("CREATE TABLE message(seq INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL, messages INTEGER NOT NULL,"
      " sum INTEGER NOT NULL, entry BLOB NOT NULL)");
  begin_ = prepare("BEGIN IMMEDIATE");
  commit_ = prepare("COMMIT");
  insert_ = prepare("INSERT OR REPLACE INTO message VALUES(?1, ?2, ?3, ?4, ?5)");
  erase_ = prepare("DELETE FROM message WHERE seq BETWEEN ?1 AND ?2");
}

void BareLoop::write(int64_t erase_first, int64_t erase_last, int64_t first, int64_t last, std::string_view entry) {
  // As long as what a journal stores there.
  constexpr int64_t at_ns = 1'000'000'000'000, sum = INT64_MAX / 3;
  step(begin_.get());
  check(sqlite3_bind_int64(erase_.get(), 1, erase_first));
  check(sqlite3_bind_int64(erase_.get(), 2, erase_last));
  step(erase_.get());
  for (int64_t seq = first; seq <= last; ++seq) {
    check(sqlite3_bind_int64(insert_.get(), 1, seq));
    check(sqlite3_bind_int64(insert_.get(), 2, at_ns));
    check(sqlite3_bind_int64(insert_.get(), 3, 1));
    check(sqlite3_bind_int64(insert_.get(), 4, sum));
    check(sqlite3_bind_blob64(insert_.get(), 5, entry.data(), entry.size(), SQLITE_STATIC));
    step(insert_.get());
  }
  step(commit_.get());
}

void BareLoop::run(const char* sql) { check(sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr)); }

BareLoop::Statement BareLoop::prepare(const char* sql) {
  sqlite3_stmt* made = nullptr;
  check(sqlite3_prepare_v2(database_.get(), sql, -1, &made, nullptr));
  return Statement{made};
}

void BareLoop::step(sqlite3_stmt* statement) {
  const int code = sqlite3_step(statement);
  if (code != SQLITE_DONE) { check(code); }
  check(sqlite3_reset(statement));
}

void BareLoop::check(int code) const {
  if (code != SQLITE_OK) { throw std::runtime_error{sqlite3_errmsg(database_.get())}; }
}

}  // namespace culvert::test
