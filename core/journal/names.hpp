// SPDX-License-Identifier: MIT
/// How the files of a journal are named: what stands behind the name of its route, and what lies beside.
#pragma once

#include <string_view>

namespace culvert::journal {

inline constexpr std::string_view file_end = ".db";
/// SQLite's: the log, the memory that programs share to read it, and the way back from what was begun, which only a
/// journal that is being made has.
inline constexpr std::string_view log_end = "-wal", shared_end = "-shm", undo_end = "-journal";
/// Behind the whole name: one that is being made, and one that was set aside, with its date.
inline constexpr std::string_view successor_end = ".new", aside_mark = ".damaged-";

}  // namespace culvert::journal
