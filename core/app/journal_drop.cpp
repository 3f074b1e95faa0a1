// SPDX-License-Identifier: MIT
#include "core/app/exit_codes.hpp"
#include "core/app/journal_parts.hpp"
#include "core/control/table.hpp"
#include "core/journal/file.hpp"
#include "core/journal/reader.hpp"
#include "core/lib/sqlite/error.hpp"
#include "core/runtime/state_folder.hpp"

#include <cstdio>

namespace culvert {
namespace {

uint64_t drop_dead(const std::string& path) {
  journal::File file{path, {}};
  const uint64_t count = file.dead();
  file.begin();
  file.erase_dead();
  file.commit();
  return count;
}

/// What is in a journal, for the line that says what became of it. A damaged file is dropped all the same.
std::string contents(const std::string& path, const journal::Listed& listed) {
  std::string text;
  if (listed.has_file) {
    try {
      const journal::Summary summary = journal::Reader{path}.summary();
      text = counted(summary.stock.messages, "message") + " of " +
             control::size_text(static_cast<double>(summary.stock.bytes)) + " and " +
             counted(summary.dead, "dead letter");
    } catch (const std::system_error& error) {
      if (sqlite::trouble(error) == sqlite::Trouble::busy) { throw; }
      text = "a damaged file of " + control::size_text(static_cast<double>(listed.bytes));
    }
  }
  if (listed.aside.empty()) { return text; }
  return text + (text.empty() ? "" : ", ") + counted(listed.aside.size(), "file") + " set aside";
}

}  // namespace

int drop_journal(const JournalPlace& place, const journal::Listed& listed, bool all) {
  const std::string path = journal::path_of(place.state_dir, listed.name), route = journal::route_of(listed.name);
  try {
    const StateFolder lock{place.state_dir};
    const std::string what = all ? contents(path, listed) : counted(drop_dead(path), "dead letter");
    if (all) { journal::remove(place.state_dir, listed); }
    std::printf("dropped of route '%s': %s\n", route.c_str(), what.c_str());
  } catch (const StateFolderInUse& error) {
    throw JournalError{exit_state_in_use, std::string{error.what()} + ", stop that runtime first"};
  }
  finish_stdout();
  return exit_done;
}

}  // namespace culvert
