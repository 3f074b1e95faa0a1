// SPDX-License-Identifier: MIT
#include "core/app/command_table.hpp"

#include "core/config/folders.hpp"

#include <algorithm>
#include <array>

namespace culvert {
namespace {

using enum ValueKind;
using Word = std::string_view;

constexpr std::array text_or_json{Word{"text"}, Word{"json"}};
constexpr std::array picture_words{Word{"text"}, Word{"mermaid"}, Word{"dot"}};
constexpr std::array text_json_or_markdown{Word{"text"}, Word{"json"}, Word{"markdown"}};
constexpr std::array page_words{Word{"culvert.1"}, Word{"culvert.toml.5"}};
constexpr std::array shell_words{Word{"bash"}, Word{"zsh"}, Word{"fish"}};
constexpr std::array without_selftest{Word{"config"}, Word{"NODE"}, Word{"topic"}};
constexpr std::array without_file{Word{"config"}};

constexpr Argument pipeline_file(std::string_view help, bool many = false) {
  return {.place = "FILE", .letter = 'c', .option = "config", .kind = pipeline, .help = help, .many = many};
}

constexpr Argument format(std::string_view help, Words words = text_or_json, std::string_view needs = {}) {
  return {.option = "format", .kind = choice, .help = help, .otherwise = "text", .words = words, .needs = needs};
}

constexpr Argument time_limit(std::string_view option, std::string_view otherwise, std::string_view help) {
  return {.option = option, .kind = duration, .value = "DURATION", .help = help, .otherwise = otherwise};
}

constexpr Argument plugin_folders(std::string_view help, std::string_view needs = {}) {
  return {.option = "plugin-path", .kind = folder, .help = help, .many = true, .needs = needs};
}

constexpr Argument flag_of(std::string_view option, std::string_view help) { return {.option = option, .help = help}; }

/// Which runtime is meant, beside a configuration of it.
constexpr Argument runtime_name_option{
    .option = "name", .kind = runtime, .help = "Instead: the name of the runtime", .excludes = without_file};

constexpr Word one_pipeline = "The pipeline; without it " CULVERT_USUAL_FILE " and culvert.d";

constexpr std::array run_arguments{
    Argument{.place = "FILE",
             .letter = 'c',
             .option = "config",
             .kind = pipeline,
             .help = one_pipeline,
             .is_one_only = true,
             .many = true},
    flag_of("once", "End when every source has finished and everything is settled"),
    time_limit("idle", "1s", "With --once: how long nothing may have come in"),
    time_limit("timeout", "0s", "With --once: give up after it and end with 69; 0s: never"),
    Argument{.option = "log-format",
             .kind = choice,
             .help = "How the log is written",
             .otherwise = "text",
             .words = text_or_json},
};

constexpr std::array check_arguments{
    pipeline_file("Pipelines; without any " CULVERT_USUAL_FILE " and culvert.d", true),
    flag_of("explain", "Write the configuration that holds, and where each value comes from"),
    format("With --explain: how it is written; text is TOML", text_or_json, "explain"),
};

constexpr std::array schema_arguments{
    Argument{.option = "plugin",
             .kind = plugin,
             .help = "Only these plugins: names, or paths of shared objects",
             .many = true},
    plugin_folders("Folders to look in"),
};

constexpr std::array graph_arguments{
    pipeline_file("Pipelines; without any " CULVERT_USUAL_FILE " and culvert.d", true),
    format("How it is written", picture_words),
};

constexpr std::array doctor_arguments{
    pipeline_file(one_pipeline),
    Argument{.place = "NODE", .kind = node, .help = "One node; without it every one that can be looked at"},
    Argument{.option = "topic",
             .kind = topic,
             .help = "Where a test message may be published; culvert/doctor/ID without it"},
    format("How the findings are written"),
    Argument{.option = "tls-selftest",
             .help = "Instead: try what the plugins refuse over TLS against the library that is installed here",
             .excludes = without_selftest},
    plugin_folders("With --tls-selftest: folders to look for plugins in", "tls-selftest"),
};

constexpr std::array events_arguments{
    Argument{.place = "ID", .kind = event, .help = "One event, such as node.failed; without it all"},
    format("How it is written; markdown is the page core/EVENTS.md", text_json_or_markdown),
};

constexpr Argument file_of(std::string_view option, std::string_view help) {
  return {.option = option, .kind = path, .value = "FILE", .help = help};
}

constexpr std::array init_arguments{
    Argument{.place = "FILE", .kind = pipeline, .help = "The pipeline to write; without it " CULVERT_USUAL_FILE},
    flag_of("yes", "Ask nothing: what no option says has its default"),
    Argument{
        .option = "broker", .kind = text, .value = "URL", .help = "Where the broker is, such as mqtts://host:8883"},
    Argument{.option = "profile",
             .kind = profile,
             .value = "PROFILE",
             .help = "What broker it is, as 'culvert inspect mqtt' lists them"},
    file_of("ca", "The CA that signed the broker's certificate; without it those that this box trusts"),
    file_of("cert", "A certificate that this box shows the broker"),
    file_of("key", "The key of that certificate"),
    Argument{.option = "user", .kind = text, .value = "USER", .help = "The user that the broker knows"},
    file_of("password-file", "Where the user's password stands; - is standard input"),
    Argument{
        .option = "name", .kind = name, .value = "NAME", .help = "The name of this box; without it the host's name"},
    Argument{.option = "sensor",
             .kind = sensor,
             .value = "SENSOR",
             .help = "Only these of the sensors that are found here",
             .many = true},
    Argument{.option = "sys",
             .kind = folder,
             .value = "FOLDER",
             .help = "Where the kernel shows its sensors",
             .otherwise = "/sys"},
    flag_of("force", "Write over files that are there"),
};

constexpr std::array inspect_arguments{
    Argument{.place = "PLUGIN", .kind = plugin, .help = "A plugin's name, or the path of a shared object"},
    plugin_folders("Folders to look in"),
};

constexpr Argument route_argument{
    .place = "ROUTE", .kind = route, .help = "As 'culvert journal list' names it, or FROM.TO", .required = true};
constexpr Argument journal_file = pipeline_file(one_pipeline);
constexpr Argument state_folder{.option = "state-dir",
                                .kind = folder,
                                .value = "FOLDER",
                                .help = "Instead: the state folder that the journals are in",
                                .excludes = without_file};
constexpr Argument dead_letters = flag_of("dead", "Dead letters: what was rejected, with when and why");

constexpr std::array list_arguments{journal_file, state_folder, format("How it is written")};
constexpr std::array show_arguments{
    route_argument, journal_file, state_folder,
    Argument{.option = "limit", .kind = number, .value = "N", .help = "So many lines at most"}, dead_letters};
constexpr std::array export_arguments{route_argument, journal_file, state_folder, dead_letters};
constexpr std::array drop_arguments{route_argument, journal_file, state_folder, flag_of("dead", "The dead letters"),
                                    flag_of("all", "The journal: messages, dead letters and what was set aside")};

constexpr std::array journal_commands{
    Command{.name = "list", .help = "Each journal: messages, dead letters, sizes", .arguments = list_arguments},
    Command{.name = "show", .help = "The messages of a journal, one line each", .arguments = show_arguments},
    Command{.name = "export",
            .help = "The same as lines of JSON, with all that a message has",
            .arguments = export_arguments},
    Command{.name = "drop", .help = "Delete what waits or was rejected, without asking", .arguments = drop_arguments},
};

constexpr std::array reload_arguments{
    pipeline_file("A configuration; without it the one in " CULVERT_USUAL_FOLDER ", or the host's name"),
    runtime_name_option,
    flag_of("drop-removed", "Drop what a route that is removed can't bring to its reader"),
    format("How it is written"),
};

constexpr std::array status_arguments{
    pipeline_file("Its configuration; without it the one in " CULVERT_USUAL_FOLDER ", or the host's name"),
    runtime_name_option,
    format("How it is written"),
};

constexpr std::array man_arguments{
    Argument{.place = "PAGE", .kind = choice, .help = "The page", .words = page_words, .required = true}};
constexpr std::array completion_arguments{
    Argument{.place = "SHELL", .kind = choice, .help = "The shell", .words = shell_words, .required = true}};
constexpr std::array complete_arguments{
    Argument{.place = "WORD",
             .kind = text,
             .help = "The words of a command line behind 'culvert', behind a '--'; the last may be a part of one",
             .many = true}};

constexpr std::array all_commands{
    Command{.name = "run", .help = "Run a pipeline until SIGTERM or ^C", .arguments = run_arguments},
    Command{.name = "check",
            .alias = "validate",
            .help = "Check pipelines, each file alone, without running anything",
            .arguments = check_arguments},
    Command{.name = "schema",
            .help = "Write the JSON Schema of a pipeline file, for editors",
            .arguments = schema_arguments},
    Command{.name = "graph", .help = "Show what is connected to what, by which routes", .arguments = graph_arguments},
    Command{
        .name = "doctor", .help = "Walk the way to each broker, and say where it ends", .arguments = doctor_arguments},
    Command{.name = "events", .help = "Show what the events of the log mean", .arguments = events_arguments},
    Command{.name = "init",
            .help = "Write a first pipeline: what this box can read, to a broker",
            .arguments = init_arguments},
    Command{
        .name = "inspect", .help = "Show the plugins there are, or all options of one", .arguments = inspect_arguments},
    Command{.name = "journal",
            .help = "Look into the journals of durable routes, or drop what is in one",
            .below = journal_commands},
    Command{
        .name = "reload",
        .help = "Have a running pipeline take its changed configuration",
        .footer =
            "It says what differs and how it went, and ends with: 0 done; 1 refused or failed; 69 there is no such\n"
            "runtime, or it ended; 75 a node failed with it, and the configuration of before runs again; 78 the\n"
            "configuration has errors. Only with 0 it is the new one that runs.",
        .arguments = reload_arguments},
    Command{.name = "status",
            .help = "Show how a running pipeline is: its nodes, routes and counters",
            .arguments = status_arguments},
    Command{.name = "completion",
            .help = "Write what makes a shell complete the command line of culvert",
            .arguments = completion_arguments},
    Command{.name = "man", .help = "Write a manual page, for man(1)", .arguments = man_arguments},
    Command{.name = "complete",
            .help = "Write the names that fit at the end of a command line, for the completion of shells",
            .arguments = complete_arguments,
            .is_hidden = true},
};

void add_shown(Commands among, const std::vector<std::string_view>& before, std::vector<CommandPath>& all) {
  for (const Command& command : among) {
    if (command.is_hidden) { continue; }
    std::vector<std::string_view> words = before;
    words.push_back(command.name);
    add_shown(command.below, words, all);
    if (command.below.empty()) { all.push_back({std::move(words), &command}); }
  }
}

}  // namespace

std::string value_name(const Argument& argument) {
  if (!argument.value.empty()) { return std::string{argument.value}; }
  if (!argument.place.empty()) { return std::string{argument.place}; }
  switch (argument.kind) {
    case choice: {
      std::string name;
      for (const Word word : argument.words) { name.append(name.empty() ? "" : "|").append(word); }
      return name;
    }
    case flag:
      return "";
    case folder:
      return "FOLDER";
    case name:
    case runtime:
      return "NAME";
    case path:
    case pipeline:
      return "FILE";
    case plugin:
      return "PLUGIN";
    case topic:
      return "TOPIC";
    default:
      return "TEXT";
  }
}

Commands commands() noexcept { return all_commands; }

const Command* find_command(Commands among, std::string_view name) noexcept {
  const auto found = std::find_if(among.begin(), among.end(), [&](const Command& command) {
    return command.name == name || (!command.alias.empty() && command.alias == name);
  });
  return found == among.end() ? nullptr : &*found;
}

std::string CommandPath::text() const {
  std::string text;
  for (const std::string_view word : words) { text.append(text.empty() ? "" : " ").append(word); }
  return text;
}

std::vector<CommandPath> shown_commands() {
  std::vector<CommandPath> all;
  add_shown(all_commands, {}, all);
  return all;
}

}  // namespace culvert
