// SPDX-License-Identifier: MIT
/// How a damaged file leaves its place to a whole successor. The process may end at any point of it: the next try finds
/// all that was there. Used by one thread at a time.
#pragma once

#include "core/journal/folder.hpp"

#include <cstddef>
#include <string>

namespace culvert::journal {

/// So many files that were set aside stay for each journal: a disk that fails again and again must not fill up with
/// them.
inline constexpr std::size_t max_aside = 8;

/// Where the successor of a file is made.
std::string successor_of(const std::string& path);
/// A name for the file aside that nobody has.
std::string name_aside(const std::string& path);
/// A database and what lies beside it.
void remove_all(const std::string& file);
/// Puts a whole successor in the place of a file, if there is one, which becomes `aside`. Answers how many of those
/// that were set aside before had to go, the oldest. Throws std::runtime_error with one line for people.
std::size_t replace(const Folder& folder, const std::string& path, const std::string& aside);
/// What ended while it set a file aside, a process or a try, left a successor: whole, when the file is gone already.
/// Answers whether it is in its place now.
bool finish_replacing(const Folder& folder, const std::string& path);

}  // namespace culvert::journal
