// SPDX-License-Identifier: MIT
#include "core/app/commands.hpp"
#include "core/app/exit_codes.hpp"
#include "core/app/first_process.hpp"
#include "core/app/reload_commands.hpp"
#include "core/config/folders.hpp"
#include "core/control/journal_commands.hpp"
#include "core/control/server.hpp"
#include "core/control/status_json.hpp"
#include "core/journal/listing.hpp"
#include "core/runtime/loaded.hpp"
#include "core/runtime/reloader.hpp"
#include "core/runtime/state_folder.hpp"
#include "core/util/clock.hpp"
#include "core/util/hide_memory.hpp"

#include <unistd.h>

#include <csignal>
#include <exception>
#include <optional>
#include <utility>

namespace culvert {
namespace {

/// Looked for each time: one more may lie in culvert.d by then.
std::vector<std::string> files_of(const RunCommand& command) {
  return command.files.empty() ? config::default_files() : command.files;
}

void say_last_crash(const CrashFile& crashes, const Log& log) {
  if (!crashes.problem().empty()) { log.write(LogEvent::runtime_crash_file, "runtime", crashes.problem()); }
  if (!crashes.last()) { return; }
  const std::string hint = crash_hint(*crashes.last());
  log.write(LogEvent::runtime_last_crash, "runtime",
            "the last run was ended by " + crashes.last()->text() + (hint.empty() ? "" : "; " + hint));
}

control::Commands commands(const Pipeline& pipeline, ReloadDesk* desk, const CrashFile& crashes,
                           const config::Runtime& settings, int64_t begun_ns, const Log& log) {
  control::Commands commands;
  commands["status"] = [&pipeline, &crashes, name = settings.name, begun_ns](const control::Json&) {
    return control::to_json(
        {name, CULVERT_VERSION, getpid(), monotonic_ns() - begun_ns, wall_ns(), pipeline.status(), crashes.last()});
  };
  control::add_journal_commands(
      commands, journal::folder_of(settings.state_dir),
      [&pipeline](const auto& use) { pipeline.with_durable_routes(use); }, pipeline.run_id(), log);
  if (desk != nullptr) { control::add_reload_commands(commands, *desk); }
  return commands;
}

/// A runtime that cannot be asked carries messages all the same.
void open_control(std::optional<control::Server>& server, const config::Runtime& settings, control::Commands commands,
                  const Log& log) {
  std::string why;
  try {
    server.emplace(settings.control_socket, std::move(commands), log);
    return;
  } catch (const control::NameInUse&) {
    why = "another runtime is named '" + settings.name + "', give this one another [runtime] name";
  } catch (const std::exception& error) { why = error.what(); }
  log.write(LogEvent::control_unavailable, "control",
            why + "; 'culvert status', 'reload' and 'journal' cannot ask this runtime");
}

/// A service that is installed, and has no pipeline yet: that is no failure.
int be_idle(ServiceManager& manager, const Log& log) {
  log.write(LogEvent::runtime_idle, "runtime",
            "nothing to do: no file in " CULVERT_USUAL_FOLDER " names a node; 'culvert init' writes a first pipeline");
  manager.ready();
  manager.set_status("nothing to do, no pipeline is there");
  manager.turn(monotonic_ns());
  return exit_done;
}

}  // namespace

int run_command(const RunCommand& command) {
  const int64_t begun_ns = monotonic_ns();
  hide_memory();
  // How a child ended can be asked only where its end is not ignored, as who started us may have had it.
  std::signal(SIGCHLD, SIG_DFL);
  if (const std::optional<int> end = serve_as_first_process()) { return *end; }
  ServiceManager manager;
  LoadedFile loaded = load_and_check(files_of(command));
  const config::Runtime settings = loaded.pipeline.runtime;
  Log log{command.log_format, static_cast<LogLevel>(settings.log_level)};
  log_problems(loaded.problems, log);
  if (!manager.problem().empty()) { log.write(LogEvent::runtime_manager, "runtime", manager.problem()); }
  if (loaded.problems.has_errors()) { return exit_configuration; }
  if (command.files.empty() && loaded.pipeline.nodes.empty()) { return be_idle(manager, log); }
  try {
    // Signals are taken in hand before the first thread.
    Wakeup wakeup;
    // Somebody has chosen any other one.
    if (config::state_dir_variable().empty() && settings.state_dir == config::default_state_dir()) {
      refuse_anothers(settings.state_dir);
    }
    const StateFolder folder{settings.state_dir};
    CrashFile crashes{settings.state_dir};
    say_last_crash(crashes, log);
    const auto plugins = loaded.pipeline.plugins;
    Pipeline pipeline{std::move(loaded.pipeline), *plugins, log,
                      static_cast<uint32_t>(command.options.once ? CULVERT_RUN_ONCE : CULVERT_RUN_ON),
                      [&wakeup] { wakeup.ring(); }};
    ReloadDesk desk{[&wakeup] { wakeup.ring(); }};
    Reloader reloader{pipeline, desk, manager, log, [&command] { return load_and_check(files_of(command)); }};
    // What has an end of its own is not changed on the way there.
    const bool reloads = !command.options.once;
    std::optional<control::Server> server;
    open_control(server, settings, commands(pipeline, reloads ? &desk : nullptr, crashes, settings, begun_ns, log),
                 log);
    Runtime runtime{pipeline, wakeup, manager, crashes, log, command.options, reloads ? &reloader : nullptr};
    return static_cast<int>(runtime.run());
  } catch (const StateFolderInUse& error) {
    log.write(LogEvent::runtime_state_in_use, "runtime",
              std::string{error.what()} + ", stop that runtime or set another [runtime] state_dir");
    return exit_state_in_use;
  } catch (const StateFolderUnknown& error) {
    log.write(LogEvent::runtime_state_unknown, "runtime", error.what());
    return exit_configuration;
  } catch (const std::exception& error) {
    log.write(LogEvent::runtime_failed, "runtime", error.what());
    return exit_failed;
  }
}

}  // namespace culvert
