// SPDX-License-Identifier: MIT
#include "core/app/commands.hpp"

#include <CLI/CLI.hpp>

namespace culvert {

void add_config_help(CLI::App& app, ConfigLine& line, std::function<int()>& chosen) {
  CLI::App* schema = app.add_subcommand("schema", "Write the JSON Schema of a pipeline file, for editors");
  schema->add_option("--plugin", line.schema.plugins, "Only these plugins: names, or paths of shared objects");
  schema->add_option("--plugin-path", line.schema.folders, "Folders to look in");
  schema->callback([&] { chosen = [&line] { return schema_command(line.schema); }; });
}

}  // namespace culvert
