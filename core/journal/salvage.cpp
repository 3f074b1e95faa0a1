// SPDX-License-Identifier: MIT
#include "core/journal/salvage.hpp"

#include "core/journal/set_aside.hpp"
#include "core/lib/sqlite/error.hpp"
#include "core/message/frame.hpp"
#include "core/util/words.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>

namespace culvert::journal {
namespace {

namespace fs = std::filesystem;

/// Copies what a damaged journal still shows into a sound one.
class Salvage {
 public:
  Salvage(const std::string& from, File& into) : from_{from, sqlite::Database::Access::read_write}, into_{into} {
    from_.run("PRAGMA locking_mode = EXCLUSIVE; PRAGMA cell_size_check = ON");
  }

  /// From both ends towards the damage in the middle. What it throws is of the sound one.
  void run() {
    walk("SELECT seq, at_ns, messages, sum, entry FROM message WHERE seq > ?1 ORDER BY seq", false);
    if (!is_whole_) {
      walk("SELECT seq, at_ns, messages, sum, entry FROM message WHERE seq > ?1 ORDER BY seq DESC", true);
    }
    take_dead();
    take_name();
  }
  uint64_t taken = 0, damaged = 0, dead = 0;

 private:
  /// Those before the damage.
  void take_dead() {
    for (Part<Dead> part; !part.is_last;) {
      try {
        part = journal::read_dead(from_, part.after, {});
      } catch (const std::system_error&) { return; }
      into_.begin();
      for (const Dead& letter : part.items) {
        // It has no checksum: what is no entry is left out.
        if (letter.entry.size() < entry_header_size || entry_length(letter.entry) != letter.entry.size()) { continue; }
        into_.bury(letter);
        ++dead;
      }
      into_.commit();
    }
  }

  /// Its name, its numbers and its clock go on, where they can be read.
  void take_name() {
    uint64_t id = 0, next = 0, sum = 0;
    int64_t first_seq = 0;
    Clock clock{0};
    bool has_clock = false;
    try {
      id = static_cast<uint64_t>(from_.number("SELECT value FROM fact WHERE name = 'id'"));
      next = static_cast<uint64_t>(from_.number("SELECT value FROM fact WHERE name = 'next_seq'"));
      sum = static_cast<uint64_t>(from_.number("SELECT value FROM fact WHERE name = 'sum'"));
      first_seq = from_.number("SELECT value FROM fact WHERE name = 'first_seq'");
      const std::optional<Clock> found = clock_of(from_);
      has_clock = found.has_value();
      clock = found.value_or(clock);
    } catch (const std::system_error&) { id = 0; }
    if (id == 0 || sum != checksum(next, first_seq, id, {})) {
      id = into_.id();
      next = 0;
      has_clock = false;
    }
    // Of rows that may be of an earlier start of the box it must not be said that they are of this one.
    next = std::max(next, highest_ + 1);
    into_.begin();
    into_.succeed(id, next, has_clock ? clock : Clock{next});
    into_.commit();
  }

  void walk(const char* sql, bool down) {
    is_whole_ = false;
    std::vector<Row> rows;
    sqlite::Statement statement;
    try {
      statement = from_.prepare(sql);
      statement.bind(1, static_cast<int64_t>(last_));
    } catch (const std::system_error&) { return; }
    for (bool more = true; more;) {
      more = read_piece(statement, down, rows);
      write(rows);
    }
  }

  /// False when there is no more, or nothing more can be read.
  bool read_piece(sqlite::Statement& statement, bool down, std::vector<Row>& ret_rows) {
    constexpr std::size_t piece = 512;
    try {
      while (ret_rows.size() < piece) {
        if (!statement.step()) {
          is_whole_ = true;
          return false;
        }
        if (!down) { last_ = std::max(last_, static_cast<uint64_t>(statement.number(0))); }
        Row row;
        if (take_row(statement, row)) {
          ret_rows.push_back(std::move(row));
        } else {
          ++damaged;
        }
      }
      return true;
    } catch (const std::system_error&) { return false; }
  }

  void write(std::vector<Row>& rows) {
    into_.begin();
    for (const Row& row : rows) {
      into_.insert(row.seq, row.at_ns, row.messages, row.entry);
      highest_ = std::max(highest_, row.seq);
    }
    into_.commit();
    taken += rows.size();
    rows.clear();
  }

  sqlite::Database from_;
  File& into_;
  uint64_t last_ = 0;     ///< up to here the way from the front was open
  uint64_t highest_ = 0;  ///< of all that were taken over
  bool is_whole_ = false;
};

/// The first bytes of a database say how the rest is to be read, and are the same in all journals but for some counts.
/// Writes them anew into a copy, which is the caller's to remove.
void repair_head(const std::string& damaged, const std::string& sound, const std::string& copy) {
  constexpr std::size_t head_bytes = 100, size_at = 28, free_at = 32;
  fs::copy_file(damaged, copy, fs::copy_options::overwrite_existing);
  std::array<char, head_bytes> head{};
  std::ifstream{sound, std::ios::binary}.read(head.data(), head.size());
  const auto pages = static_cast<uint32_t>(fs::file_size(copy) / File::page_bytes);
  for (int i = 0; i < 4; ++i) {
    head[size_at + static_cast<std::size_t>(i)] = static_cast<char>(pages >> (24 - 8 * i));
    // No free pages, in no list: none is written to.
    head[free_at + static_cast<std::size_t>(i)] = head[free_at + 4 + static_cast<std::size_t>(i)] = 0;
  }
  std::fstream file{copy, std::ios::binary | std::ios::in | std::ios::out};
  file.write(head.data(), head.size());
}

void try_salvage(const std::string& from, File& into, Opened& ret_opened) {
  std::optional<Salvage> salvage;
  try {
    salvage.emplace(from, into);
  } catch (const std::system_error& error) {
    if (sqlite::trouble(error) == sqlite::Trouble::full) { throw; }
    // It is no database at all.
    return;
  }
  salvage->run();
  ret_opened.salvaged += salvage->taken;
  ret_opened.damaged += salvage->damaged;
  ret_opened.dead += salvage->dead;
}

void salvage_repaired(const std::string& path, const std::string& successor, File& into, Opened& ret_opened) {
  const std::string copy = path + ".repaired";
  try {
    repair_head(path, successor, copy);
    try_salvage(copy, into, ret_opened);
  } catch (const fs::filesystem_error&) {
    // There is no room for a copy.
  } catch (...) {
    remove_all(copy);
    throw;
  }
  remove_all(copy);
}

}  // namespace

Opened open_journal(const Folder& folder, const std::string& path, const FileOptions& options) {
  finish_replacing(folder, path);
  folder.prepare(path);
  try {
    Opened opened;
    opened.file = std::make_unique<File>(path, options);
    opened.file->check();
    return opened;
  } catch (const std::system_error& error) {
    const sqlite::Trouble trouble = sqlite::trouble(error);
    const bool is_for_now =
        trouble == sqlite::Trouble::full || trouble == sqlite::Trouble::busy || trouble == sqlite::Trouble::memory;
    if (is_for_now) { throw; }
    return start_anew(folder, path, options, error.what());
  }
}

Opened start_anew(const Folder& folder, const std::string& path, const FileOptions& options, const std::string& why) {
  Opened opened;
  if (finish_replacing(folder, path)) {
    opened.file = std::make_unique<File>(path, options);
    opened.said = "'" + path + "' is damaged (" + why + "): it is set aside, and what of it could be read stays";
    return opened;
  }
  const std::string successor = successor_of(path), aside = name_aside(path);
  remove_all(successor);
  folder.prepare(successor);
  {
    File file{successor, options};
    try_salvage(path, file, opened);
    if (opened.salvaged + opened.dead == 0 && fs::file_size(path) >= static_cast<std::uintmax_t>(File::page_bytes)) {
      file.checkpoint();
      salvage_repaired(path, successor, file, opened);
    }
    file.checkpoint();
  }
  const std::size_t gone = replace(folder, path, aside);
  opened.file = std::make_unique<File>(path, options);
  opened.said = "'" + path + "' is damaged (" + why + "): it is set aside as '" + aside + "', " +
                counted(opened.salvaged, "message") + " of it could be read and stay";
  if (opened.damaged > 0) { opened.said += ", " + counted(opened.damaged, "message") + " could not"; }
  if (gone > 0) { opened.said += "; of those that were set aside before, the oldest went"; }
  return opened;
}

}  // namespace culvert::journal
