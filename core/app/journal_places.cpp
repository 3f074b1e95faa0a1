// SPDX-License-Identifier: MIT
#include "core/app/journal_places.hpp"

#include "core/app/exit_codes.hpp"
#include "core/app/problems.hpp"
#include "core/app/standard_output.hpp"
#include "core/config/pipeline.hpp"
#include "core/lib/sqlite/error.hpp"

#include <filesystem>
#include <string_view>
#include <vector>

namespace culvert {
namespace {

// SQLite follows no links, and systemd makes the state folder one for a user of its own choice.
std::string real_path(const std::string& path) {
  std::error_code failed;
  const std::filesystem::path real = std::filesystem::weakly_canonical(std::filesystem::absolute(path), failed);
  return failed ? path : real.string();
}

}  // namespace

JournalPlace find_place(const JournalCommand& command) {
  if (!command.state_dir.empty()) {
    if (!std::filesystem::is_directory(command.state_dir)) {
      throw JournalError{exit_unavailable, "there is no state folder " + config::quoted(command.state_dir)};
    }
    return {real_path(command.state_dir), {}};
  }
  config::Problems problems;
  const config::Runtime settings = config::load(command.files, problems).runtime;
  if (problems.has_errors()) {
    print_problems(problems);
    throw JournalError{exit_configuration,
                       "the configuration has errors: mend them, or name the state folder with --state-dir"};
  }
  return {real_path(settings.state_dir), settings.name};
}

std::vector<journal::Listed> journals_in(const JournalPlace& place) {
  try {
    return journal::list(place.state_dir);
  } catch (const std::filesystem::filesystem_error& error) {
    const bool is_denied = error.code() == std::errc::permission_denied;
    throw JournalError{exit_failed, "state folder '" + place.state_dir + "': " + error.code().message() +
                                        (is_denied ? ", ask as root or as the user that it belongs to" : "")};
  }
}

journal::Listed find_journal(const JournalPlace& place, const std::string& route) {
  const std::vector<journal::Listed> all = journals_in(place);
  std::vector<std::string> routes;
  for (const journal::Listed& listed : all) {
    routes.push_back(journal::route_of(listed.name));
    if (route == listed.name || route == routes.back()) { return listed; }
  }
  std::string what = "state folder '" + place.state_dir + "' has no journal of route " + config::quoted(route);
  if (all.empty()) { throw JournalError{exit_unavailable, what + ", and no other"}; }
  const std::string meant = config::suggestion(route, {routes.begin(), routes.end()});
  throw JournalError{exit_unavailable, what + (meant.empty() ? ", 'culvert journal list' shows which it has" : meant)};
}

JournalError as_journal_error(const std::system_error& error, const std::string& name) {
  const std::string subject = "journal of route '" + journal::route_of(name) + "': ";
  if (sqlite::trouble(error) == sqlite::Trouble::busy) {
    return {exit_state_in_use, subject + "a runtime has it open"};
  }
  return {exit_failed, subject + error.what()};
}

void finish_stdout() {
  if (const std::string why = stdout_trouble(); !why.empty()) { throw JournalError{exit_failed, why}; }
}

}  // namespace culvert
