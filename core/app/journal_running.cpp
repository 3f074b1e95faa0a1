// SPDX-License-Identifier: MIT
#include "core/app/journal_running.hpp"

#include "core/app/exit_codes.hpp"
#include "core/config/folders.hpp"
#include "core/control/client.hpp"
#include "core/control/journal_json.hpp"

#include <filesystem>
#include <utility>
#include <vector>

namespace culvert {
namespace {

using control::Json;

/// Whether these are the journals of that runtime; systemd may show it the folder by another way.
bool is_of(const Json& list, const std::string& folder) {
  std::error_code failed;
  const Json named = list.value("folder", Json{});
  return named.is_string() && std::filesystem::equivalent(named.get<std::string>(), folder, failed);
}

JournalError unreadable(const std::string& name) {
  return {exit_failed, "journal of route '" + journal::route_of(name) +
                           "': the runtime's answer cannot be read, it is of another version of Culvert"};
}

}  // namespace

RunningJournals::RunningJournals(const JournalPlace& place) {
  const std::vector<std::string> folders = config::runtime_folders();
  const std::vector<std::string> names =
      place.runtime.empty() ? control::running(folders) : std::vector<std::string>{place.runtime};
  std::string why = "no runtime that can be asked says that it has them";
  for (const std::string& name : names) {
    try {
      Json list = control::ask(name, folders, "journal_list");
      if (!is_of(list, journal::folder_of(place.state_dir))) { continue; }
      runtime_ = name;
      list_ = std::move(list);
      return;
    } catch (const control::Unreachable& error) { why = error.what(); } catch (const control::Refusal& error) {
      why = "runtime '" + name + "': " + error.what();
    }
  }
  throw JournalError{exit_state_in_use,
                     "a runtime has the journals of '" + place.state_dir + "' open and cannot be asked: " + why};
}

Json RunningJournals::ask(const std::string& name, const char* command, Json arguments) {
  arguments["journal"] = name;
  const std::string subject = "journal of route '" + journal::route_of(name) + "': ";
  try {
    return control::ask(runtime_, config::runtime_folders(), command, arguments);
  } catch (const control::Unreachable& error) {
    throw JournalError{exit_failed, subject + "the runtime cannot be asked any more: " + error.what()};
  } catch (const control::Refusal& error) { throw JournalError{exit_failed, subject + error.what()}; }
}

Json RunningJournals::listed(const std::string& name) const {
  for (const Json& each : list_.value("journals", Json::array())) {
    if (each.is_object() && each.value("name", Json{}) == name) { return each; }
  }
  return nullptr;
}

std::optional<RunningJournals::Status> RunningJournals::status(const std::string& name) {
  Status status;
  const Json known = listed(name);
  if (known.is_null()) { return {}; }
  try {
    status = {known.at("messages"), known.at("bytes"), known.at("dead"), known.at("max_bytes"), {}, {}, {}};
    if (status.messages == 0) { return status; }
    // The others are likely on the same disk, and each would be waited for as long.
    if (is_slow_) { throw JournalError{exit_failed, "not looked into, as the one before did not answer"}; }
    const Json edges = ask(name, "journal_edges", Json::object());
    if (!edges.at("oldest_ns").is_null()) { status.oldest_ns = edges.at("oldest_ns"); }
    if (!edges.at("newest_ns").is_null()) { status.newest_ns = edges.at("newest_ns"); }
  } catch (const JournalError& error) {
    is_slow_ = true;
    status.error = error.what();
  } catch (const Json::exception&) { throw unreadable(name); }
  return status;
}

Json RunningJournals::ask_part(const std::string& name, const char* command, int64_t after) {
  Json part = ask(name, command, {{"after", after}});
  const Json edition = part.value("edition", Json{});
  if (!edition.is_string()) { throw unreadable(name); }
  const std::string before = std::exchange(edition_, edition.get<std::string>());
  if (before.empty() || before == edition_) { return part; }
  throw JournalError{exit_failed, "journal of route '" + journal::route_of(name) +
                                      "': the runtime was started anew meanwhile, or set its damaged file aside"};
}

journal::Part<journal::Row> RunningJournals::messages(const std::string& name, int64_t after) {
  const Json part = ask_part(name, "journal_messages", after);
  try {
    return control::read_messages(part, after);
  } catch (const control::Refusal&) { throw unreadable(name); }
}

journal::Part<journal::Dead> RunningJournals::dead(const std::string& name, int64_t after) {
  const Json part = ask_part(name, "journal_dead", after);
  try {
    return control::read_dead(part, after);
  } catch (const control::Refusal&) { throw unreadable(name); }
}

RunningJournals::Dropped RunningJournals::drop(const std::string& name, bool all) {
  const Json json = ask(name, "journal_drop", {{"what", all ? "all" : "dead"}});
  try {
    return {json.at("messages"), json.at("bytes"), json.at("dead"), json.at("stay"), json.at("is_erased")};
  } catch (const Json::exception&) { throw unreadable(name); }
}

}  // namespace culvert
