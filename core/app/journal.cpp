// SPDX-License-Identifier: MIT
#include "core/app/exit_codes.hpp"
#include "core/app/journal_parts.hpp"
#include "core/app/journal_running.hpp"
#include "core/app/message_text.hpp"
#include "core/journal/reader.hpp"
#include "core/lib/sqlite/error.hpp"
#include "core/message/encode.hpp"
#include "core/message/frame.hpp"

#include <cstdio>
#include <optional>
#include <stdexcept>
#include <system_error>

namespace culvert {
namespace {

using What = JournalCommand::What;

JournalError cut_short(const JournalError& error) {
  return {error.exit_code, std::string{error.what()} + ": what was written is not all of it"};
}

/// Writes the messages of a journal to stdout, and counts those that are not what was written.
class Printer {
 public:
  explicit Printer(const JournalCommand& command)
      : as_json_{command.what == What::export_lines}, left_{command.limit} {}

  bool is_through() const noexcept { return left_ == 0; }
  void print(const journal::Row& row) { print(row.seq, row.entry, {{"messages", row.messages}}, {}); }
  void print(const journal::Dead& dead) {
    std::string why = "  [";
    append_time(dead.ended_ns, why);
    why += ": ";
    append_printable(dead.reason, why);
    print(dead.seq, dead.entry, {{"ended_ns", dead.ended_ns}, {"reason", dead.reason}}, why + ']');
  }
  void add_damaged(uint64_t count) noexcept { damaged_ += count; }
  uint64_t damaged() const noexcept { return damaged_; }

 private:
  void print(uint64_t seq, const std::string& entry, const nlohmann::ordered_json& more, const std::string& end) {
    if (is_through()) { return; }
    if (!message_.decode(entry)) {
      ++damaged_;
      return;
    }
    --left_;
    std::string line = std::to_string(seq) + "  ";
    if (as_json_) {
      nlohmann::ordered_json json{{"seq", seq}};
      json.update(message_json(message_.raw()));
      json.update(more);
      line = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    } else {
      line += message_line(message_.raw(), entry.size()) + end;
    }
    line += '\n';
    std::fwrite(line.data(), 1, line.size(), stdout);
  }

  const bool as_json_;
  uint64_t left_, damaged_ = 0;
  DecodedMessage message_;
};

/// The part behind `after`; an error behind the first one says that what was written is not all.
template <class Next>
auto next_part(int64_t after, const std::string& name, Next&& next) {
  try {
    return next(after);
  } catch (const std::system_error& error) {
    if (after == 0) { throw; }
    throw cut_short(as_journal_error(error, name));
  } catch (const JournalError& error) {
    if (after == 0) { throw; }
    throw cut_short(error);
  }
}

template <class Next>
void print_all(Printer& printer, const std::string& name, Next&& next) {
  int64_t after = 0;
  bool more = true;
  while (more && !printer.is_through()) {
    const auto part = next_part(after, name, next);
    for (const auto& item : part.items) { printer.print(item); }
    printer.add_damaged(part.damaged);
    after = part.after;
    more = !part.is_last;
    finish_stdout();
  }
}

/// From the file, or from the runtime that has it; never first from the one and then from the other.
template <class FromFile, class FromRuntime>
void print_from(Printer& printer, const JournalPlace& place, const std::string& name, FromFile&& from_file,
                FromRuntime&& from_runtime) {
  std::optional<RunningJournals> running;
  print_all(printer, name, [&](int64_t after) {
    try {
      if (!running) { return from_file(after); }
    } catch (const std::system_error& error) {
      if (after != 0 || sqlite::trouble(error) != sqlite::Trouble::busy) { throw; }
      running.emplace(place);
    }
    return from_runtime(*running, after);
  });
}

int print_journal(const JournalCommand& command, const JournalPlace& place, const journal::Listed& listed) {
  const journal::Reader reader{journal::path_of(place.state_dir, listed.name)};
  Printer printer{command};
  if (command.dead) {
    print_from(
        printer, place, listed.name, [&](int64_t after) { return reader.dead(after); },
        [&](RunningJournals& running, int64_t after) { return running.dead(listed.name, after); });
  } else {
    print_from(
        printer, place, listed.name, [&](int64_t after) { return reader.messages(after); },
        [&](RunningJournals& running, int64_t after) { return running.messages(listed.name, after); });
  }
  if (printer.damaged() > 0) {
    throw JournalError{exit_failed, "journal of route '" + journal::route_of(listed.name) +
                                        "': " + counted(printer.damaged(), "message") + " of it cannot be read, and " +
                                        (printer.damaged() == 1 ? "is" : "are") + " left out"};
  }
  return exit_done;
}

int do_command(const JournalCommand& command) {
  const JournalPlace place = find_place(command);
  if (command.what == What::list) { return list_journals(place, command.json); }
  const journal::Listed listed = find_journal(place, command.route);
  if (!listed.has_file && !command.all) {
    throw JournalError{exit_unavailable, "journal of route '" + journal::route_of(listed.name) +
                                             "': its file is gone, only what was set aside is there"};
  }
  try {
    return command.what == What::drop ? drop_journal(place, listed, command.all)
                                      : print_journal(command, place, listed);
  } catch (const std::system_error& error) { throw as_journal_error(error, listed.name); }
}

}  // namespace

int journal_command(const JournalCommand& command) {
  try {
    return do_command(command);
  } catch (const JournalError& error) {
    std::fflush(stdout);
    std::fprintf(stderr, "culvert: %s\n", error.what());
    return error.exit_code;
  } catch (const std::runtime_error& error) {
    std::fprintf(stderr, "culvert: %s\n", error.what());
    return exit_failed;
  }
}

}  // namespace culvert
