// SPDX-License-Identifier: MIT
/// Looks into a journal that no runtime has open, and leaves the file and its log as they are. Used by one thread at a
/// time.
///
/// It has the file open only within a call, and a call takes milliseconds: a runtime that starts meanwhile waits for
/// that, and then has the file for itself. Everything throws std::system_error of sqlite::category(), with
/// sqlite::Trouble::busy when a runtime has the file.
#pragma once

#include "core/journal/file.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace culvert::journal {

struct Summary {
  Stock stock;
  std::string first, last;  ///< the entries at both ends; empty where there is none, or it is damaged
  uint64_t dead = 0;
};

class Reader {
 public:
  /// A runtime that has the file keeps it: there is no use in waiting longer than for another reader.
  static constexpr int patience_ms = 500;

  explicit Reader(std::string path) : path_{std::move(path)} {}

  Summary summary() const;
  /// Messages in order. `after` is 0 at first.
  Part<Row> messages(int64_t after) const;
  /// Dead letters, the oldest first.
  Part<Dead> dead(int64_t after) const;

 private:
  sqlite::Database open() const;

  std::string path_;
};

}  // namespace culvert::journal
