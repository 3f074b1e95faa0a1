// SPDX-License-Identifier: MIT
#include "core/app/commands.hpp"
#include "core/app/exit_codes.hpp"
#include "core/app/loaded.hpp"
#include "core/runtime/state_folder.hpp"

#include <exception>

namespace culvert {

int run_command(const RunCommand& command) {
  LoadedFile loaded = load_and_check(command.files);
  print_problems(loaded.problems);
  if (loaded.problems.has_errors()) { return exit_configuration; }

  const config::Runtime settings = loaded.pipeline.runtime;
  const Log log{command.log_format, static_cast<LogLevel>(settings.log_level)};
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
