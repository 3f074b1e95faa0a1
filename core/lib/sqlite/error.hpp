// SPDX-License-Identifier: MIT
/// SQLite's extended result codes as a category, and what they mean to a caller. Any thread.
#pragma once

#include <string>
#include <system_error>

struct sqlite3;

namespace culvert::sqlite {

const std::error_category& category() noexcept;

/// What can be done about an error.
enum class Trouble {
  full,     ///< the file may not grow, or the disk is full
  damaged,  ///< the bytes are no sound database
  io,       ///< a read, write or sync failed: what it was about may be on disk or not
  busy,     ///< somebody else holds a lock
  memory,   ///< there is none
  other,    ///< a statement that does not fit the file
};
Trouble trouble(const std::system_error& error) noexcept;

/// The error of a file that opens and is not what it should be.
std::system_error not_a_database(const std::string& what);

/// Throws std::system_error with the extended code and SQLite's own words; `what` says which step: "read 'x.db'".
[[noreturn]] void fail(sqlite3* database, int code, const std::string& what);

}  // namespace culvert::sqlite
