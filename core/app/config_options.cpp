// SPDX-License-Identifier: MIT
#include "core/app/commands.hpp"

#include <CLI/CLI.hpp>

namespace culvert {

void add_config_help(CLI::App& app, ConfigLine& line, std::function<int()>& chosen) {
  CLI::App* schema = app.add_subcommand("schema", "Write the JSON Schema of a pipeline file, for editors");
  schema->add_option("--plugin", line.schema.plugins, "Only these plugins: names, or paths of shared objects");
  schema->add_option("--plugin-path", line.schema.folders, "Folders to look in");
  schema->callback([&] { chosen = [&line] { return schema_command(line.schema); }; });
  CLI::App* graph = app.add_subcommand("graph", "Show what is connected to what, by which routes");
  graph->add_option("FILE,-c,--config", line.graph.files,
                    "Pipelines; without any /etc/culvert/culvert.toml and culvert.d");
  graph->add_option("--format", line.graph.format, "How it is written")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "mermaid", "dot"}));
  graph->callback([&] { chosen = [&line] { return graph_command(line.graph); }; });
}

}  // namespace culvert
