// SPDX-License-Identifier: MIT
#include "core/lib/sqlite/statement.hpp"

#include "core/lib/sqlite/error.hpp"

#include <sqlite3.h>

namespace culvert::sqlite {
namespace {

void check(sqlite3_stmt* statement, int code, const char* what) {
  if (code != SQLITE_OK) { fail(sqlite3_db_handle(statement), code, what); }
}

}  // namespace

void finalize(sqlite3_stmt* statement) noexcept { sqlite3_finalize(statement); }

Statement::Statement(sqlite3* database, const char* sql) {
  sqlite3_stmt* made = nullptr;
  const int code = sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr);
  if (code != SQLITE_OK) { fail(database, code, "prepare"); }
  statement_.reset(made);
}

Statement& Statement::bind(int parameter, int64_t value) {
  check(statement_.get(), sqlite3_bind_int64(statement_.get(), parameter, value), "bind");
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view bytes) {
  // A null pointer would be NULL, not an empty blob.
  const char* data = bytes.empty() ? "" : bytes.data();
  check(statement_.get(), sqlite3_bind_blob64(statement_.get(), parameter, data, bytes.size(), SQLITE_STATIC), "bind");
  return *this;
}

Statement& Statement::bind_text(int parameter, std::string_view text) {
  const char* data = text.empty() ? "" : text.data();
  check(statement_.get(),
        sqlite3_bind_text64(statement_.get(), parameter, data, text.size(), SQLITE_STATIC, SQLITE_UTF8), "bind");
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) { return true; }
  if (code == SQLITE_DONE) { return false; }
  sqlite3* const database = sqlite3_db_handle(statement_.get());
  try {
    fail(database, code, sqlite3_sql(statement_.get()));
  } catch (...) {
    // Only now: a reset may change what the database has to say.
    reset();
    throw;
  }
}

void Statement::run() {
  while (step()) {}
  reset();
}

void Statement::reset() noexcept { sqlite3_reset(statement_.get()); }

int64_t Statement::number(int column) const noexcept { return sqlite3_column_int64(statement_.get(), column); }

std::string_view Statement::bytes(int column) const noexcept {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return data == nullptr ? std::string_view{} : std::string_view{data, static_cast<std::size_t>(size)};
}

}  // namespace culvert::sqlite
