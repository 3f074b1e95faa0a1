// SPDX-License-Identifier: MIT
#include "core/lib/sqlite/error.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>

namespace culvert::sqlite {
namespace {

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "sqlite"; }
  std::string message(int code) const override {
    return std::string{sqlite3_errstr(code)} + " (" + std::to_string(code) + ')';
  }
};

// An extended code holds the plain one in its last byte.
constexpr int plain(int code) noexcept { return code & 0xff; }

}  // namespace

const std::error_category& category() noexcept {
  static const Category instance;
  return instance;
}

Trouble trouble(const std::system_error& error) noexcept {
  if (error.code().category() != category()) { return Trouble::other; }
  switch (plain(error.code().value())) {
    case SQLITE_FULL:
      return Trouble::full;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
      return Trouble::damaged;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return Trouble::io;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Trouble::busy;
    case SQLITE_NOMEM:
      return Trouble::memory;
    default:
      return Trouble::other;
  }
}

std::system_error not_a_database(const std::string& what) { return {SQLITE_NOTADB, category(), what}; }

void fail(sqlite3* database, int code, const std::string& what) {
  std::string why = what;
  if (database != nullptr) {
    code = sqlite3_extended_errcode(database) != SQLITE_OK ? sqlite3_extended_errcode(database) : code;
    const int system = sqlite3_system_errno(database);
    // A quota is to the caller what a full disk is.
    if (plain(code) == SQLITE_IOERR && (system == ENOSPC || system == EDQUOT)) { code = SQLITE_FULL; }
    const std::string words = sqlite3_errmsg(database);
    if (words != sqlite3_errstr(code)) { why += ": " + words; }
    if (system != 0 && plain(code) != SQLITE_FULL) { why.append(": ").append(std::strerror(system)); }
  }
  throw std::system_error{code, category(), why};
}

}  // namespace culvert::sqlite
