// SPDX-License-Identifier: MIT
#include "core/runtime/loaded.hpp"

#include "core/config/pipeline.hpp"
#include "core/config/written.hpp"
#include "core/plugin/install_paths.hpp"
#include "core/runtime/check_isolation.hpp"

#include <memory>
#include <utility>

namespace culvert {

LoadedFile load_and_check(const std::vector<std::string>& files, config::Value* ret_written) {
  LoadedFile loaded;
  const config::Pipeline read = ret_written == nullptr ? config::load(files, loaded.problems)
                                                       : config::load(files, loaded.problems, *ret_written);
  const auto& folders = read.runtime.plugin_path;
  const std::vector<std::string> usual = plugin::default_plugin_path();
  const auto plugins =
      folders.empty() ? std::make_shared<plugin::Registry>(usual) : std::make_shared<plugin::Registry>(folders, usual);
  loaded.pipeline = check_pipeline(read, *plugins, loaded.problems);
  check_node_program(read, plugin::node_program_for(plugin::own_program()), loaded.problems);
  loaded.pipeline.plugins = plugins;
  return loaded;
}

void log_problems(const config::Problems& problems, const Log& log) {
  for (config::Problem problem : problems.sorted()) {
    const bool is_error = std::exchange(problem.severity, config::Severity::error) == config::Severity::error;
    log.write(is_error ? LogKind{LogEvent::config_error} : LogKind{LogEvent::config_warning}, "config",
              config::to_string(problem));
  }
}

}  // namespace culvert
