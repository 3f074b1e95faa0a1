// SPDX-License-Identifier: MIT
#include "core/app/loaded.hpp"

#include "core/config/written.hpp"

#include <cstdio>

namespace culvert {

LoadedFile load_and_check(const std::vector<std::string>& files, config::Value* ret_written) {
  LoadedFile loaded;
  const config::Pipeline read = ret_written == nullptr ? config::load(files, loaded.problems)
                                                       : config::load(files, loaded.problems, *ret_written);
  const auto& folders = read.runtime.plugin_path;
  const std::vector<std::string> usual = plugin::default_plugin_path();
  loaded.registry =
      folders.empty() ? std::make_unique<plugin::Registry>(usual) : std::make_unique<plugin::Registry>(folders, usual);
  loaded.pipeline = check_pipeline(read, *loaded.registry, loaded.problems);
  return loaded;
}

void print_problems(const config::Problems& problems) {
  for (const config::Problem& problem : problems.sorted()) {
    std::fprintf(stderr, "%s\n", config::to_string(problem).c_str());
  }
}

}  // namespace culvert
