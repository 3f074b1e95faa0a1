// SPDX-License-Identifier: MIT
/// What a journal does to its rows, with SQLite's own calls and nothing around them: what a journal is measured
/// against. Used by one thread at a time. Everything throws std::runtime_error with SQLite's words.
#pragma once

#include "core/util/handle.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace culvert::test {

void close_bare(sqlite3* database) noexcept;
void finalize_bare(sqlite3_stmt* statement) noexcept;

class BareLoop {
 public:
  /// A new file, with the table and the pragmas of a journal. Its log is brought in where a journal's is.
  explicit BareLoop(const std::string& path);

  /// One transaction, on disk when it returns: erases the rows from `erase_first` to `erase_last`, and writes those
  /// from `first` to `last`.
  void write(int64_t erase_first, int64_t erase_last, int64_t first, int64_t last, std::string_view entry);

 private:
  using Statement = std::unique_ptr<sqlite3_stmt, FreeWith<finalize_bare>>;
  void run(const char* sql);
  Statement prepare(const char* sql);
  void step(sqlite3_stmt* statement);
  void check(int code) const;

  std::unique_ptr<sqlite3, FreeWith<close_bare>> database_;
  Statement begin_, commit_, insert_, erase_;
};

}  // namespace culvert::test
