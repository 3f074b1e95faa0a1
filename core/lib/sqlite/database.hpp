// SPDX-License-Identifier: MIT
/// One open SQLite database file. Used by one thread at a time.
#pragma once

#include "core/lib/sqlite/statement.hpp"

#include <cstdint>
#include <memory>
#include <string>

struct sqlite3;

namespace culvert::sqlite {

void close(sqlite3* database) noexcept;

class Database {
 public:
  enum class Access {
    read_only,   ///< of a file that is there
    read_write,  ///< likewise
  };

  static constexpr int log_pages = 256;

  Database() noexcept = default;
  /// Opens a file that exists; no part of `path` may be a symbolic link. Throws std::system_error, as do the others.
  /// What is in the file is looked at with the first statement.
  Database(const std::string& path, Access access);

  /// Statements that answer nothing, with ';' between them.
  void run(const std::string& sql);
  /// The first column of the first row; 0 when there is none.
  int64_t number(const char* sql);
  std::string text(const char* sql);
  Statement prepare(const char* sql) { return Statement{database_.get(), sql}; }
  /// From now on a commit that leaves `log_pages` in the log brings them into the file. SQLite does so by itself, but
  /// keeps it to itself when that fails: here the commit throws then, though what it was about is in the log.
  void watch_log();
  /// At the end the log stays beside the file as it is: nothing of it is brought in.
  void keep_log() noexcept;
  /// Ends a transaction that is still open.
  void roll_back() noexcept;
  explicit operator bool() const noexcept { return database_ != nullptr; }

 private:
  std::unique_ptr<sqlite3, FreeWith<close>> database_;
};

}  // namespace culvert::sqlite
