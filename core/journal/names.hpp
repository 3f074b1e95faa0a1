// SPDX-License-Identifier: MIT
/// How a journal and its files are named: after its route, with what stands behind that, and what lies beside.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace culvert::journal {

/// What the journal of the `count`-th route between these nodes is called: "boiler.cloud", "boiler.cloud.2". No name of
/// a node has a dot, so that no two routes have one file.
inline std::string name_of(const std::string& from, const std::string& to, std::size_t count) {
  return from + '.' + to + (count == 1 ? "" : '.' + std::to_string(count));
}

inline constexpr std::string_view file_end = ".db";
/// SQLite's: the log, the memory that programs share to read it, and the way back from what was begun, which only a
/// journal that is being made has.
inline constexpr std::string_view log_end = "-wal", shared_end = "-shm", undo_end = "-journal";
/// Behind the whole name: one that is being made, and one that was set aside, with its date.
inline constexpr std::string_view successor_end = ".new", aside_mark = ".damaged-";

}  // namespace culvert::journal
