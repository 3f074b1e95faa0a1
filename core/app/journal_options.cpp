// SPDX-License-Identifier: MIT
#include "core/app/commands.hpp"
#include "core/config/pipeline.hpp"

#include <CLI/CLI.hpp>

namespace culvert {
namespace {

using What = JournalCommand::What;

/// One of the commands, with what all of them have in common.
CLI::App* add(CLI::App& group, const char* name, const char* about, What what, JournalCommand& line,
              std::function<int()>& chosen) {
  CLI::App* command = group.add_subcommand(name, about);
  if (what != What::list) {
    command->add_option("ROUTE", line.route, "As 'culvert journal list' names it, or FROM.TO")->required();
  }
  CLI::Option* file = command->add_option_function<std::string>(
      "FILE,-c,--config", [&line](const std::string& named) { line.files = {named}; },
      "The pipeline; without it /etc/culvert/culvert.toml and culvert.d");
  command->add_option("--state-dir", line.state_dir, "Instead: the state folder that the journals are in")
      ->type_name("FOLDER")
      ->excludes(file);
  command->callback([&line, &chosen, what] {
    if (what == What::drop && line.dead == line.all) {
      throw CLI::ValidationError{"drop takes one of --dead and --all"};
    }
    line.what = what;
    chosen = [&line] {
      if (line.files.empty()) { line.files = config::default_files(); }
      return journal_command(line);
    };
  });
  return command;
}

}  // namespace

void add_journal(CLI::App& app, JournalCommand& line, std::function<int()>& chosen) {
  CLI::App* group = app.add_subcommand("journal", "Look into the journals of durable routes, or drop what is in one");
  group->require_subcommand(0, 1);
  group->callback([group] {
    if (group->get_subcommands().empty()) { throw CLI::ValidationError{"journal takes list, show, export or drop"}; }
  });
  CLI::App* list = add(*group, "list", "Each journal: messages, dead letters, sizes", What::list, line, chosen);
  list->add_option_function<std::string>(
          "--format", [&line](const std::string& format) { line.json = format == "json"; }, "How it is written")
      ->default_str("text")
      ->check(CLI::IsMember({"text", "json"}));
  CLI::App* show = add(*group, "show", "The messages of a journal, one line each", What::show, line, chosen);
  show->add_option("--limit", line.limit, "So many lines at most")->type_name("N")->check(CLI::PositiveNumber);
  CLI::App* exported =
      add(*group, "export", "The same as lines of JSON, with all that a message has", What::export_lines, line, chosen);
  for (CLI::App* command : {show, exported}) {
    command->add_flag("--dead", line.dead, "Dead letters: what was rejected, with when and why");
  }
  CLI::App* drop = add(*group, "drop", "Delete what waits or was rejected, without asking", What::drop, line, chosen);
  drop->add_flag("--dead", line.dead, "The dead letters");
  drop->add_flag("--all", line.all, "The journal: messages, dead letters and what was set aside");
}

}  // namespace culvert
