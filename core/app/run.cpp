// SPDX-License-Identifier: MIT
#include "core/app/commands.hpp"
#include "core/app/exit_codes.hpp"
#include "core/app/loaded.hpp"
#include "core/runtime/state_folder.hpp"

#include <exception>
#include <utility>

namespace culvert {
namespace {

void log_problems(const config::Problems& problems, const Log& log) {
  for (config::Problem problem : problems.sorted()) {
    const bool is_error = std::exchange(problem.severity, config::Severity::error) == config::Severity::error;
    log.write(is_error ? LogLevel::error : LogLevel::warn, "config", config::to_string(problem));
  }
}

}  // namespace

int run_command(const RunCommand& command) {
  LoadedFile loaded = load_and_check(command.files);
  const config::Runtime settings = loaded.pipeline.runtime;
  const Log log{command.log_format, static_cast<LogLevel>(settings.log_level)};
  log_problems(loaded.problems, log);
  if (loaded.problems.has_errors()) { return exit_configuration; }
  try {
    // Signals are taken in hand before the first thread.
    Wakeup wakeup;
    const StateFolder folder{settings.state_dir};
    Pipeline pipeline{std::move(loaded.pipeline), *loaded.registry, log,
                      static_cast<uint32_t>(command.options.once ? CULVERT_RUN_ONCE : CULVERT_RUN_ON),
                      [&wakeup] { wakeup.ring(); }};
    return static_cast<int>(Runtime{pipeline, wakeup, log, command.options}.run());
  } catch (const StateFolderInUse& error) {
    log.write(LogLevel::error, "runtime", error.what());
    return exit_state_in_use;
  } catch (const std::exception& error) {
    log.write(LogLevel::error, "runtime", error.what());
    return exit_failed;
  }
}

}  // namespace culvert
