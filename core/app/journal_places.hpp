// SPDX-License-Identifier: MIT
/// Which journal a command line means, and what the commands about journals say when it cannot be had. Main thread.
#pragma once

#include "core/app/commands.hpp"
#include "core/journal/listing.hpp"
#include "core/util/words.hpp"

#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace culvert {

/// One line for people, and how `culvert` ends with it.
class JournalError : public std::runtime_error {
 public:
  JournalError(int exit_code, const std::string& what) : std::runtime_error{what}, exit_code{exit_code} {}
  const int exit_code;
};

struct JournalPlace {
  std::string state_dir;  ///< absolute, without symbolic links
  std::string runtime;    ///< its name; empty when only the folder was given
};

/// Throws JournalError, after it has printed what is wrong with the configuration.
JournalPlace find_place(const JournalCommand& command);

/// All journals of the folder. Throws JournalError when it cannot be looked into.
std::vector<journal::Listed> journals_in(const JournalPlace& place);

/// The journal of a route, named as `list` does or as its file is. Throws JournalError when there is none.
journal::Listed find_journal(const JournalPlace& place, const std::string& route);

/// What an error of SQLite's means for that journal.
JournalError as_journal_error(const std::system_error& error, const std::string& name);

/// Ends what went to stdout. Throws JournalError when not all of it could be written.
void finish_stdout();

}  // namespace culvert
