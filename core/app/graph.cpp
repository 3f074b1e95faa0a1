// SPDX-License-Identifier: MIT
#include "core/runtime/graph.hpp"

#include "core/app/commands.hpp"
#include "core/app/exit_codes.hpp"
#include "core/app/problems.hpp"
#include "core/config/folders.hpp"

#include <algorithm>
#include <cstdio>

namespace culvert {

int graph_command(const GraphCommand& command) {
  std::vector<LoadedFile> loaded;
  bool is_good = true;
  const auto load = [&](const std::vector<std::string>& files) {
    print_problems(loaded.emplace_back(load_and_check(files)).problems);
    is_good = is_good && !loaded.back().problems.has_errors();
  };
  if (command.files.empty()) { load(config::default_files()); }
  for (const std::string& file : command.files) { load({file}); }
  // Half a picture would be taken for the whole.
  if (!is_good) { return exit_configuration; }
  std::vector<const CheckedPipeline*> pipelines(loaded.size());
  std::transform(loaded.begin(), loaded.end(), pipelines.begin(), [](const LoadedFile& one) { return &one.pipeline; });
  const bool is_dot = command.format == "dot";
  const GraphFormat format = command.format == "text" ? GraphFormat::text
                             : is_dot                 ? GraphFormat::dot
                                                      : GraphFormat::mermaid;
  std::fputs(graph(pipelines, format).c_str(), stdout);
  return exit_done;
}

}  // namespace culvert
