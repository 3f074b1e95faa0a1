// SPDX-License-Identifier: MIT
#include "core/app/exit_codes.hpp"
#include "core/app/journal_parts.hpp"
#include "core/app/journal_running.hpp"
#include "core/control/table.hpp"
#include "core/journal/reader.hpp"
#include "core/lib/sqlite/error.hpp"
#include "core/message/encode.hpp"
#include "core/message/frame.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>

namespace culvert {
namespace {

using control::Json;

/// What is known of one journal: of its file, or of the runtime that has it open.
struct Known {
  journal::Listed listed;
  std::optional<uint64_t> messages, bytes, dead, max_bytes;
  std::optional<int64_t> oldest_ns, newest_ns;
  bool in_use = false;
  std::string error;
};

std::optional<int64_t> time_of(const std::string& entry) {
  DecodedMessage message;
  return message.decode(entry) ? std::optional{message.raw().time_ns} : std::nullopt;
}

Known look_at(journal::Listed listed, const std::string& path) {
  Known known;
  known.listed = std::move(listed);
  if (!known.listed.has_file) { return known; }
  try {
    const journal::Summary summary = journal::Reader{path}.summary();
    known.messages = summary.stock.messages;
    known.bytes = summary.stock.bytes;
    known.dead = summary.dead;
    known.oldest_ns = time_of(summary.first);
    known.newest_ns = time_of(summary.last);
  } catch (const std::system_error& error) {
    known.in_use = sqlite::trouble(error) == sqlite::Trouble::busy;
    if (!known.in_use) { known.error = error.what(); }
  }
  return known;
}

/// What the runtime says of those that it has open. Answers why it cannot be asked, or nothing.
std::string ask_runtime(const JournalPlace& place, std::vector<Known>& ret_all) {
  try {
    RunningJournals running{place};
    for (Known& known : ret_all) {
      const auto status = known.in_use ? running.status(known.listed.name) : std::nullopt;
      if (!status) { continue; }
      known.messages = status->messages;
      known.bytes = status->bytes;
      known.dead = status->dead;
      known.max_bytes = status->max_bytes;
      known.oldest_ns = status->oldest_ns;
      known.newest_ns = status->newest_ns;
      known.error = status->error;
    }
  } catch (const JournalError& error) { return error.what(); }
  return {};
}

std::string time_text(const std::optional<int64_t>& time_ns) {
  std::string text;
  if (time_ns) { append_time(*time_ns, text); }
  return time_ns ? text : "unknown";
}

std::string list_text(const std::vector<Known>& all) {
  control::Table table{{"ROUTE", "MESSAGES", "BYTES", "DEAD", "FILE"}, {false, true, true, true, true}};
  const auto number = [](const std::optional<uint64_t>& value) { return value ? std::to_string(*value) : "-"; };
  const auto size = [](uint64_t bytes) { return control::size_text(static_cast<double>(bytes)); };
  for (const Known& known : all) {
    table.add({journal::route_of(known.listed.name), number(known.messages), known.bytes ? size(*known.bytes) : "-",
               number(known.dead), known.listed.has_file ? size(known.listed.bytes) : "-"});
    if (known.messages.value_or(0) > 0 && known.error.empty()) {
      table.note("from " + time_text(known.oldest_ns) + " to " + time_text(known.newest_ns));
    }
    if (!known.error.empty()) { table.note(known.error); }
    for (const journal::FileSize& aside : known.listed.aside) {
      table.note("set aside: " + aside.name + ", " + size(aside.bytes));
    }
  }
  return table.text();
}

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

std::string list_json(const JournalPlace& place, const std::vector<Known>& all) {
  Json json{{"folder", journal::folder_of(place.state_dir)}, {"journals", Json::array()}};
  for (const Known& known : all) {
    Json aside = Json::array();
    for (const journal::FileSize& file : known.listed.aside) {
      aside.push_back({{"file", file.name}, {"bytes", file.bytes}});
    }
    json["journals"].push_back({{"route", journal::route_of(known.listed.name)},
                                {"name", known.listed.name},
                                {"messages", or_null(known.messages)},
                                {"bytes", or_null(known.bytes)},
                                {"oldest_ns", or_null(known.oldest_ns)},
                                {"newest_ns", or_null(known.newest_ns)},
                                {"dead", or_null(known.dead)},
                                {"file_bytes", known.listed.has_file ? Json(known.listed.bytes) : Json(nullptr)},
                                {"max_bytes", or_null(known.max_bytes)},
                                {"in_use", known.in_use},
                                {"error", known.error.empty() ? Json(nullptr) : Json(known.error)},
                                {"set_aside", std::move(aside)}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace

int list_journals(const JournalPlace& place, bool as_json) {
  std::vector<Known> all;
  for (journal::Listed& listed : journals_in(place)) {
    const std::string path = journal::path_of(place.state_dir, listed.name);
    all.push_back(look_at(std::move(listed), path));
  }
  const auto is_in_use = [](const Known& known) { return known.in_use; };
  const std::string why = std::any_of(all.begin(), all.end(), is_in_use) ? ask_runtime(place, all) : std::string{};
  if (as_json) {
    std::fputs(list_json(place, all).c_str(), stdout);
  } else if (!all.empty()) {
    std::fputs(list_text(all).c_str(), stdout);
  } else {
    std::fprintf(stderr, "culvert: state folder '%s' has no journals\n", place.state_dir.c_str());
  }
  finish_stdout();
  if (!why.empty()) { throw JournalError{exit_state_in_use, why}; }
  const auto count = [&all](bool in_use) {
    return static_cast<uint64_t>(std::count_if(all.begin(), all.end(), [in_use](const Known& known) {
      return known.in_use == in_use && !known.error.empty();
    }));
  };
  if (const uint64_t damaged = count(false); damaged > 0) {
    throw JournalError{exit_failed, counted(damaged, "journal") +
                                        " cannot be read as a whole: the next start sets that aside and "
                                        "keeps what can be"};
  }
  if (const uint64_t silent = count(true); silent > 0) {
    throw JournalError{exit_failed, counted(silent, "journal") + " could not be looked into"};
  }
  return exit_done;
}

}  // namespace culvert
