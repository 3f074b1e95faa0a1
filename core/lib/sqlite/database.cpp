// SPDX-License-Identifier: MIT
#include "core/lib/sqlite/database.hpp"

#include "core/lib/sqlite/error.hpp"

#include <sqlite3.h>

#include <cerrno>

namespace culvert::sqlite {

namespace {

int bring_in_log(void* /*nothing*/, sqlite3* database, const char* name, int pages) {
  if (pages < Database::log_pages) { return SQLITE_OK; }
  const int code = sqlite3_wal_checkpoint_v2(database, name, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  // A quota is what a full disk is: the log may grow until there is room.
  const bool is_failure = (code & 0xff) == SQLITE_IOERR && sqlite3_system_errno(database) != EDQUOT;
  return is_failure ? code : SQLITE_OK;
}

}  // namespace

void close(sqlite3* database) noexcept { sqlite3_close_v2(database); }

Database::Database(const std::string& path, Access access) {
  const int mode = access == Access::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  sqlite3* made = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &made, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, nullptr);
  database_.reset(made);
  const std::string what = "open '" + path + "'";
  if (code != SQLITE_OK) { fail(made, code, what); }
  sqlite3_extended_result_codes(made, 1);
  // A person who looks at the file with a tool of SQLite's may hold its lock for a moment.
  sqlite3_busy_timeout(made, 5000);
  // What is in the file may be made by somebody else: no SQL in it runs, and no statement of ours can break its format.
  sqlite3_db_config(made, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(made, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(made, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(made, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
}

void Database::run(const std::string& sql) {
  const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) { fail(database_.get(), code, sql); }
}

int64_t Database::number(const char* sql) {
  Statement statement{database_.get(), sql};
  return statement.step() ? statement.number(0) : 0;
}

std::string Database::text(const char* sql) {
  Statement statement{database_.get(), sql};
  return statement.step() ? std::string{statement.bytes(0)} : std::string{};
}

void Database::watch_log() { sqlite3_wal_hook(database_.get(), bring_in_log, nullptr); }

void Database::keep_log() noexcept { sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr); }

void Database::roll_back() noexcept {
  if (database_ && sqlite3_get_autocommit(database_.get()) == 0) {
    sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

}  // namespace culvert::sqlite
