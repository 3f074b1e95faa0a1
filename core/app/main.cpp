// SPDX-License-Identifier: MIT
#include "core/app/commands.hpp"
#include "core/app/exit_codes.hpp"
#include "core/app/standard_output.hpp"
#include "core/config/pipeline.hpp"
#include "core/message/topic.hpp"
#include "core/util/memory.hpp"

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>

namespace culvert {
namespace {

// Paho would send a user name and password in clear to a proxy that these name; a connector that wants a proxy is told
// so by its own option. Before any thread: the environment has no lock.
void forget_what_misleads_libraries() {
  for (const char* name : {"http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "MQTT_C_CLIENT_TRACE",
                           "MQTT_C_CLIENT_TRACE_LEVEL", "MQTT_C_CLIENT_TRACE_MAX_LINES"}) {
    unsetenv(name);
  }
}

// glibc gives every few threads a heap of their own, up to 16 on two processors, each with pages that stay. Nodes
// allocate little of what they pass on: two heaps are enough, and a small box has the memory.
void keep_few_heaps() { mallopt(M_ARENA_MAX, 2); }

// Else a socket could get one of these numbers, and a plugin that writes to standard output would write into it. For
// reading only: who writes to what the caller has closed must get an error.
void hold_standard_descriptors() {
  int opened = open("/dev/null", O_RDONLY);
  while (opened >= 0 && opened <= STDERR_FILENO) { opened = open("/dev/null", O_RDONLY); }
  if (opened >= 0) { close(opened); }
}

std::string duration(const std::string& text) {
  const bool known = config::parse_duration(text).has_value();
  return known ? std::string{} : "must be a duration such as \"500ms\", \"1s\" or \"5m\", got '" + text + "'";
}

/// Files from the command line, or the default ones; -c FILE and FILE are the same.
std::vector<std::string> chosen(const std::vector<std::string>& named) {
  return named.empty() ? config::default_files() : named;
}

std::string topic(const std::string& text) {
  const std::string_view why = topic_problem(text);
  return why.empty() ? std::string{} : "must be a topic: '" + text + "' " + std::string{why};
}

struct Line {
  std::vector<std::string> files, folders;
  std::string file, plugin, idle = "1s", timeout = "0s", log_format = "text", node, topic, format = "text", name;
  bool drops_removed = false, explain = false, once = false, tls_selftest = false;
};

void add_run(CLI::App& app, Line& line, std::function<int()>& chosen_command) {
  CLI::App* command = app.add_subcommand("run", "Run a pipeline until SIGTERM or ^C");
  command->add_option("FILE,-c,--config", line.files,
                      "The pipeline; without it /etc/culvert/culvert.toml and culvert.d");
  command->add_flag("--once", line.once, "End when every source has finished and everything is settled");
  command->add_option("--idle", line.idle, "With --once: how long nothing may have come in")
      ->type_name("DURATION")
      ->capture_default_str()
      ->check(duration);
  command->add_option("--timeout", line.timeout, "With --once: give up after it and end with 69; 0s: never")
      ->type_name("DURATION")
      ->capture_default_str()
      ->check(duration);
  command->add_option("--log-format", line.log_format, "How the log is written")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "json"}));
  command->callback([&] {
    if (line.files.size() > 1) {
      throw CLI::ValidationError{"run takes one file, and '" + line.files[1] + "' is a second one"};
    }
    chosen_command = [&line] {
      RunCommand run;
      run.files = line.files;
      run.options.once = line.once;
      run.options.idle_ns = *config::parse_duration(line.idle);
      run.options.timeout_ns = *config::parse_duration(line.timeout);
      run.log_format = line.log_format == "json" ? LogFormat::json : LogFormat::text;
      return run_command(run);
    };
  });
}

void add_check(CLI::App& app, Line& line, std::function<int()>& chosen_command) {
  CLI::App* command = app.add_subcommand("check", "Check pipelines, each file alone, without running anything");
  command->alias("validate");
  command->add_option("FILE,-c,--config", line.files, "Pipelines; without any /etc/culvert/culvert.toml and culvert.d");
  CLI::Option* explain = command->add_flag("--explain", line.explain,
                                           "Write the configuration that holds, and where each value comes from");
  command->add_option("--format", line.format, "With --explain: how it is written; text is TOML")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "json"}))
      ->needs(explain);
  command->callback([&] {
    chosen_command = [&line] { return check_command({line.files, line.explain, line.format == "json"}); };
  });
}

void add_inspect(CLI::App& app, Line& line, std::function<int()>& chosen_command) {
  CLI::App* command = app.add_subcommand("inspect", "Show the plugins there are, or all options of one");
  command->add_option("PLUGIN", line.plugin, "A plugin's name, or the path of a shared object");
  command->add_option("--plugin-path", line.folders, "Folders to look in");
  command->callback([&] { chosen_command = [&line] { return inspect_command(line.plugin, line.folders); }; });
}

void add_doctor(CLI::App& app, Line& line, std::function<int()>& chosen_command) {
  CLI::App* command = app.add_subcommand("doctor", "Walk the way to each broker, and say where it ends");
  CLI::Option* file = command->add_option("FILE,-c,--config", line.file,
                                          "The pipeline; without it /etc/culvert/culvert.toml and culvert.d");
  CLI::Option* node = command->add_option("NODE", line.node, "One node; without it every one that can be looked at");
  CLI::Option* topic_option =
      command->add_option("--topic", line.topic, "Where a test message may be published; culvert/doctor/ID without it")
          ->check(topic);
  command->add_option("--format", line.format, "How the findings are written")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "json"}));
  CLI::Option* selftest =
      command->add_flag("--tls-selftest", line.tls_selftest,
                        "Instead: try what the plugins refuse over TLS against the library that is installed here");
  for (CLI::Option* other : {file, node, topic_option}) { selftest->excludes(other); }
  command->add_option("--plugin-path", line.folders, "With --tls-selftest: folders to look for plugins in")
      ->needs(selftest);
  command->callback([&] {
    chosen_command = [&line] {
      const bool as_json = line.format == "json";
      if (line.tls_selftest) { return tls_selftest_command(line.folders, as_json); }
      if (!line.file.empty()) { line.files = {line.file}; }
      return doctor_command({chosen(line.files), line.node, line.topic, as_json});
    };
  });
}

std::string runtime_name_form(const std::string& text) {
  return config::is_name(text) ? std::string{} : "must be a runtime's name, got '" + text + "'";
}

/// Which runtime is meant: by a configuration or by its name.
void add_runtime(CLI::App& command, Line& line, const char* help) {
  CLI::Option* file = command.add_option("FILE,-c,--config", line.file, help);
  command.add_option("--name", line.name, "Instead: the name of the runtime")->check(runtime_name_form)->excludes(file);
}

void add_status(CLI::App& app, Line& line, std::function<int()>& chosen_command) {
  CLI::App* command = app.add_subcommand("status", "Show how a running pipeline is: its nodes, routes and counters");
  add_runtime(*command, line, "Its configuration; without it the one in /etc/culvert, or the host's name");
  command->add_option("--format", line.format, "How it is written")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "json"}));
  command->callback([&] {
    chosen_command = [&line] {
      if (!line.file.empty()) { line.files = {line.file}; }
      return status_command({line.files, line.name, line.format == "json"});
    };
  });
}

void add_reload(CLI::App& app, Line& line, std::function<int()>& chosen_command) {
  CLI::App* command = app.add_subcommand("reload", "Have a running pipeline take its changed configuration");
  add_runtime(*command, line, "A configuration; without it the one in /etc/culvert, or the host's name");
  command->add_flag("--drop-removed", line.drops_removed,
                    "Drop what a route that is removed can't bring to its reader");
  command->add_option("--format", line.format, "How it is written")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "json"}));
  command->footer(
      "It says what differs and how it went, and ends with: 0 done; 1 refused or failed; 69 there is no such\n"
      "runtime, or it ended; 75 a node failed with it, and the configuration of before runs again; 78 the\n"
      "configuration has errors. Only with 0 it is the new one that runs.");
  command->callback([&] {
    chosen_command = [&line] {
      if (!line.file.empty()) { line.files = {line.file}; }
      return reload_command({line.files, line.name, line.drops_removed, line.format == "json"});
    };
  });
}

int usage_error(const std::string& what) {
  std::fprintf(stderr, "culvert: %s, see 'culvert --help'\n", what.c_str());
  return exit_usage;
}

/// A word in a command's place that is none: what was meant, perhaps. Empty when all is well.
std::string unknown_command(const CLI::App& app, int argc, char** argv) {
  const std::vector<const CLI::App*> commands = app.get_subcommands(nullptr);
  if (argc < 2 || argv[1][0] == '-' || commands.empty()) { return {}; }
  const std::string word = argv[1];
  std::vector<std::string_view> known;
  for (const CLI::App* command : commands) {
    if (command->check_name(word)) { return unknown_command(*command, argc - 1, argv + 1); }
    known.push_back(command->get_name());
  }
  return "there is no command '" + word + "'" + config::suggestion(word, known);
}

int run_main(int argc, char** argv) {
  CLI::App app{"Culvert carries readings from a small box to an MQTT broker, and the broker's messages to the box.",
               "culvert"};
  app.set_version_flag("--version", "culvert " CULVERT_VERSION);
  app.require_subcommand(1);
  Line line;
  std::function<int()> command;
  add_run(app, line, command);
  add_check(app, line, command);
  ConfigLine config_line;
  add_config_help(app, config_line, command);
  add_doctor(app, line, command);
  add_inspect(app, line, command);
  JournalCommand journal;
  add_journal(app, journal, command);
  add_reload(app, line, command);
  add_status(app, line, command);
  if (const std::string what = unknown_command(app, argc, argv); !what.empty()) { return usage_error(what); }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    app.exit(asked);
    return exit_done;
  } catch (const CLI::ExtrasError&) {
    return usage_error("'" + app.remaining(true).front() + "' is one argument too many");
  } catch (const CLI::ParseError& error) { return usage_error(error.what()); }
  const int status = command();
  const std::string trouble = stdout_trouble();
  if (status != exit_done || trouble.empty()) { return status; }
  std::fprintf(stderr, "culvert: %s\n", trouble.c_str());
  return exit_failed;
}

}  // namespace
}  // namespace culvert

int main(int argc, char** argv) {
  culvert::hold_standard_descriptors();
  culvert::keep_few_heaps();
  culvert::hold_back_memory();
  culvert::forget_what_misleads_libraries();
  try {
    return culvert::run_main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "culvert: internal error: %s\n", error.what());
    return culvert::exit_our_bug;
  }
}
