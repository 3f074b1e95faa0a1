// SPDX-License-Identifier: MIT
#include "core/app/actions.hpp"

#include "core/app/commands.hpp"
#include "core/config/folders.hpp"
#include "core/config/value.hpp"

#include <utility>

namespace culvert {
namespace {

/// One file or none.
std::vector<std::string> file_of(const Given& given) {
  const std::string& file = given.text("config");
  return file.empty() ? std::vector<std::string>{} : std::vector{file};
}

/// The same, or the default ones.
std::vector<std::string> file_or_default(const Given& given) {
  std::vector<std::string> files = file_of(given);
  return files.empty() ? config::default_files() : files;
}

bool as_json(const Given& given) { return given.text("format") == "json"; }

int run(const Given& given) {
  RunCommand command;
  command.files = given.texts("config");
  command.options.once = given.has("once");
  command.options.idle_ns = *config::parse_duration(given.text("idle"));
  command.options.timeout_ns = *config::parse_duration(given.text("timeout"));
  command.log_format = given.text("log-format") == "json" ? LogFormat::json : LogFormat::text;
  return run_command(command);
}

int check(const Given& given) { return check_command({given.texts("config"), given.has("explain"), as_json(given)}); }

int schema(const Given& given) { return schema_command({given.texts("plugin"), given.texts("plugin-path")}); }

int graph(const Given& given) { return graph_command({given.texts("config"), given.text("format")}); }

int doctor(const Given& given) {
  if (given.has("tls-selftest")) { return tls_selftest_command(given.texts("plugin-path"), as_json(given)); }
  return doctor_command({file_or_default(given), given.text("NODE"), given.text("topic"), as_json(given)});
}

int inspect(const Given& given) { return inspect_command(given.text("PLUGIN"), given.texts("plugin-path")); }

int reload(const Given& given) {
  return reload_command({file_of(given), given.text("name"), given.has("drop-removed"), as_json(given)});
}

int status(const Given& given) { return status_command({file_of(given), given.text("name"), as_json(given)}); }

int events(const Given& given) { return events_command(given.text("ID"), given.text("format")); }

JournalCommand journal(JournalCommand::What what, const Given& given) {
  JournalCommand command;
  command.what = what;
  command.files = file_or_default(given);
  command.state_dir = given.text("state-dir");
  return command;
}

int journal_list(const Given& given) {
  JournalCommand command = journal(JournalCommand::What::list, given);
  command.json = as_json(given);
  return journal_command(command);
}

/// Of those that are of one route.
JournalCommand journal_of_route(JournalCommand::What what, const Given& given) {
  JournalCommand command = journal(what, given);
  command.route = given.text("ROUTE");
  command.dead = given.has("dead");
  return command;
}

int journal_show(const Given& given) {
  JournalCommand command = journal_of_route(JournalCommand::What::show, given);
  command.limit = given.number("limit", command.limit);
  return journal_command(command);
}

int journal_export(const Given& given) {
  return journal_command(journal_of_route(JournalCommand::What::export_lines, given));
}

int journal_drop(const Given& given) {
  JournalCommand command = journal_of_route(JournalCommand::What::drop, given);
  command.all = given.has("all");
  if (command.dead == command.all) { throw UsageError{"drop takes one of --dead and --all"}; }
  return journal_command(command);
}

int init(const Given& given) {
  InitCommand command;
  command.file = given.text("FILE");
  command.broker = given.text("broker");
  command.profile = given.text("profile");
  command.ca = given.text("ca");
  command.cert = given.text("cert");
  command.key = given.text("key");
  command.user = given.text("user");
  command.password_file = given.text("password-file");
  command.name = given.text("name");
  command.sensors = given.texts("sensor");
  command.sys = given.text("sys");
  command.asks_nothing = given.has("yes");
  command.force = given.has("force");
  return init_command(command);
}

int man(const Given& given) { return man_command(given.text("PAGE")); }
int completion(const Given& given) { return completion_command(given.text("SHELL")); }
int complete(const Given& given) { return complete_command(given.texts("WORD")); }

using Action = int (*)(const Given&);

const std::map<std::string_view, Action> actions{
    {"run", run},
    {"check", check},
    {"schema", schema},
    {"graph", graph},
    {"doctor", doctor},
    {"events", events},
    {"init", init},
    {"inspect", inspect},
    {"journal list", journal_list},
    {"journal show", journal_show},
    {"journal export", journal_export},
    {"journal drop", journal_drop},
    {"reload", reload},
    {"status", status},
    {"completion", completion},
    {"man", man},
    {"complete", complete},
};

}  // namespace

int run_action(const ParsedLine& line) { return actions.at(line.command)(line.given); }

}  // namespace culvert
