// SPDX-License-Identifier: MIT
#include "core/app/exit_codes.hpp"
#include "core/app/journal_parts.hpp"
#include "core/app/journal_running.hpp"
#include "core/control/table.hpp"
#include "core/journal/file.hpp"
#include "core/journal/reader.hpp"
#include "core/lib/sqlite/error.hpp"
#include "core/runtime/state_folder.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>

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

std::string stock_text(uint64_t messages, uint64_t bytes, uint64_t dead) {
  return counted(messages, "message") + " of " + control::size_text(static_cast<double>(bytes)) + " and " +
         counted(dead, "dead letter");
}

std::string aside_text(const journal::Listed& listed) {
  return listed.aside.empty() ? "" : ", " + counted(listed.aside.size(), "file") + " set aside";
}

/// What is in a journal, for the line that says what became of it. A damaged file is dropped all the same.
std::string contents(const std::string& path, const journal::Listed& listed) {
  std::string text;
  if (listed.has_file) {
    try {
      const journal::Summary summary = journal::Reader{path}.summary();
      text = stock_text(summary.stock.messages, summary.stock.bytes, summary.dead);
    } catch (const std::system_error& error) {
      if (sqlite::trouble(error) == sqlite::Trouble::busy) { throw; }
      text = "a damaged file of " + control::size_text(static_cast<double>(listed.bytes));
    }
  }
  text += aside_text(listed);
  return listed.has_file ? text : text.substr(std::min<std::size_t>(2, text.size()));
}

void say_dropped(const journal::Listed& listed, const std::string& what) {
  std::printf("dropped of route '%s': %s\n", journal::route_of(listed.name).c_str(), what.c_str());
  finish_stdout();
}

void drop_stopped(const JournalPlace& place, const journal::Listed& listed, bool all) {
  const std::string path = journal::path_of(place.state_dir, listed.name);
  const std::string what = all ? contents(path, listed) : counted(drop_dead(path), "dead letter");
  if (all) { journal::remove(place.state_dir, listed); }
  say_dropped(listed, what);
}

/// What is on its way to the reader can't be called back. False when the runtime has no such journal.
bool drop_running(const JournalPlace& place, const journal::Listed& listed, bool all) {
  RunningJournals running{place};
  if (!running.has(listed.name)) { return false; }
  const RunningJournals::Dropped dropped = running.drop(listed.name, all);
  if (all) { journal::remove_aside(place.state_dir, listed); }
  std::string what = counted(dropped.dead, "dead letter");
  if (all) {
    what = stock_text(dropped.messages, dropped.bytes, dropped.dead) + aside_text(listed);
    if (dropped.stay > 0) {
      what += "; " + counted(dropped.stay, "message") +
              (dropped.stay == 1 ? " is on its way and stays" : " are on their way and stay");
    }
  }
  say_dropped(listed, what);
  if (!dropped.is_erased) {
    throw JournalError{exit_failed, "journal of route '" + journal::route_of(listed.name) +
                                        "': its disk has not erased all of that yet: a start after a power cut or a "
                                        "kill may find it again"};
  }
  return true;
}

}  // namespace

int drop_journal(const JournalPlace& place, const journal::Listed& listed, bool all) {
  std::optional<StateFolder> lock;
  std::string who;
  try {
    lock.emplace(place.state_dir);
  } catch (const StateFolderInUse& error) { who = error.what(); } catch (const StateFolderUnknown& error) {
    throw JournalError{exit_configuration, error.what()};
  }
  if (lock) {
    drop_stopped(place, listed, all);
    return exit_done;
  }
  if (drop_running(place, listed, all)) { return exit_done; }
  throw JournalError{exit_state_in_use, who + ", which has no such journal: stop that runtime first"};
}

}  // namespace culvert
