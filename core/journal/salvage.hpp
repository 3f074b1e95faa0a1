// SPDX-License-Identifier: MIT
/// Opens a journal whatever has become of its file: what can't be used is set aside, never deleted, and what of it can
/// be read is taken over. Used by one thread at a time.
#pragma once

#include "core/journal/file.hpp"
#include "core/journal/folder.hpp"

#include <memory>
#include <string>

namespace culvert::journal {

struct Opened {
  std::unique_ptr<File> file;
  std::string said;       ///< one loud line; empty when all is well
  uint64_t salvaged = 0;  ///< rows that were taken over
  uint64_t dead = 0;      ///< dead letters that were
  uint64_t damaged = 0;   ///< rows that were there and not what was written
};

/// Throws std::runtime_error with one line for people when no journal can be had at that place at all, of which
/// std::system_error of sqlite::category() is one when a file could not be made or read.
Opened open_journal(const Folder& folder, const std::string& path, const FileOptions& options);

/// Sets the file aside, for `why`, and goes on with a new one. Nobody may have it open. When it throws, or the
/// process ends at any point of it, the next call or `open_journal` finds all that was there.
Opened start_anew(const Folder& folder, const std::string& path, const FileOptions& options, const std::string& why);

}  // namespace culvert::journal
