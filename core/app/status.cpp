// SPDX-License-Identifier: MIT
#include "core/app/commands.hpp"
#include "core/app/exit_codes.hpp"
#include "core/app/problems.hpp"
#include "core/config/folders.hpp"
#include "core/config/pipeline.hpp"
#include "core/control/client.hpp"
#include "core/control/status_text.hpp"

#include <cstdio>

namespace culvert {
namespace {

/// The name in a configuration, whatever else is wrong with it: a variable that is set for the runtime may well be
/// missing here. Empty when none can be found out; why is in `problems`.
std::string name_in(const std::vector<std::string>& files, config::Problems& problems) {
  const std::string name = config::load(files, problems).runtime.name;
  return config::is_name(name) ? name : std::string{};
}

}  // namespace

std::string runtime_name(const std::string& name, const std::vector<std::string>& files) {
  if (!name.empty()) { return name; }
  config::Problems problems;
  std::string found = name_in(files.empty() ? config::default_files() : files, problems);
  if (found.empty() && !files.empty()) { print_problems(problems); }
  return found.empty() && files.empty() ? config::default_name() : found;
}

int status_command(const StatusCommand& command) {
  const std::string name = runtime_name(command.name, command.files);
  if (name.empty()) { return exit_configuration; }
  try {
    const control::Json status = control::ask(name, config::runtime_folders(), "status");
    const std::string text = command.json ? status.dump(2, ' ', false, control::Json::error_handler_t::replace) + '\n'
                                          : control::status_text(status);
    std::fputs(text.c_str(), stdout);
    return exit_done;
  } catch (const control::Unreachable& error) {
    std::fprintf(stderr, "culvert: %s\n", error.what());
    return exit_unavailable;
  } catch (const control::Refusal& error) {
    std::fprintf(stderr, "culvert: runtime '%s': %s\n", name.c_str(), error.what());
    return exit_failed;
  }
}

}  // namespace culvert
