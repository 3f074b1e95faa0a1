// SPDX-License-Identifier: MIT
/// A prepared statement with one owner. Used by one thread at a time; must end before its Database does.
#pragma once

#include "core/util/handle.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace culvert::sqlite {

void finalize(sqlite3_stmt* statement) noexcept;

class Statement {
 public:
  Statement() noexcept = default;
  Statement(sqlite3* database, const char* sql);

  /// Parameters count from 1. Bytes must outlive the next `reset`. Throws std::system_error, as do the others.
  Statement& bind(int parameter, int64_t value);
  Statement& bind(int parameter, std::string_view bytes);
  Statement& bind_text(int parameter, std::string_view text);

  /// Whether there is a row.
  bool step();
  /// For what answers no rows: steps through it, and makes it ready for the next run.
  void run();
  /// Ready to be run again; its parameters keep their values.
  void reset() noexcept;

  /// Of the row that `step` found; columns count from 0. Views are valid until the next `step` or `reset`.
  int64_t number(int column) const noexcept;
  std::string_view bytes(int column) const noexcept;

 private:
  std::unique_ptr<sqlite3_stmt, FreeWith<finalize>> statement_;
};

/// Resets a statement at the end of a block, whatever ends it: one that stands at a row keeps the database's log.
class Rewind {
 public:
  explicit Rewind(Statement& statement) noexcept : statement_{statement} {}
  Rewind(const Rewind&) = delete;
  Rewind& operator=(const Rewind&) = delete;
  ~Rewind() { statement_.reset(); }

 private:
  Statement& statement_;
};

}  // namespace culvert::sqlite
