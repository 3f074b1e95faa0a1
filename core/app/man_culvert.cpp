// SPDX-License-Identifier: MIT
#include "core/app/command_table.hpp"
#include "core/app/exit_codes.hpp"
#include "core/app/man_pages.hpp"
#include "core/app/roff.hpp"
#include "core/config/folders.hpp"

#include <array>

namespace culvert {
namespace {

struct Named {
  std::string_view name, text;
};

constexpr std::array environment{
    Named{"CULVERT_ISOLATE", "all: each node of run and check has a process of its own, whatever the file says"},
    Named{"STATE_DIRECTORY", "the state folder where the file says none, as systemd sets it"},
    Named{"RUNTIME_DIRECTORY", "the folder of the control socket, as systemd sets it"},
    Named{"CREDENTIALS_DIRECTORY", "where { credential = } looks for secrets, as systemd sets it"},
    Named{"XDG_STATE_HOME", "where a user's state folder is, beside ~/.local/state"},
    Named{"XDG_RUNTIME_DIR", "where the folder of a user's control socket is"},
    Named{"NOTIFY_SOCKET", "where run tells a service manager how it is, with WATCHDOG_USEC that it is at work"},
};

constexpr std::array files{
    Named{CULVERT_USUAL_FILE, "the pipeline where none is named"},
    Named{CULVERT_USUAL_FOLDER "/culvert.d/*.toml", "more of it, in the order of their names"},
    Named{"/var/lib/culvert", "the state folder of root: journals, client ids, the lock"},
    Named{"~/.local/state/culvert", "that of other users"},
    Named{"/run/culvert", "the control socket of root's runtimes"},
};

/// "-c, --config FILE", "FILE", "--format text|json".
std::string head_of(const Argument& argument) {
  const std::string value = value_name(argument);
  const std::string shown = argument.kind == ValueKind::choice && !value.empty() ? bold(value) : italic(value);
  if (argument.option.empty()) { return argument.place.empty() ? shown : italic(argument.place); }
  std::string head;
  if (!argument.place.empty()) { head += italic(argument.place) + ", "; }
  if (argument.letter != 0) { head += bold(std::string{"-"} + argument.letter) + ", "; }
  head += bold("--" + std::string{argument.option});
  return value.empty() ? head : head + ' ' + shown;
}

std::string option_of(const Command& command, std::string_view id) {
  for (const Argument& argument : command.arguments) {
    if (argument.id() == id) {
      return argument.option.empty() ? italic(id) : bold("--" + std::string{argument.option});
    }
  }
  return plain(id);
}

std::string text_of(const Argument& argument, const Command& command) {
  std::string text = plain(argument.help) + '.';
  if (argument.option.empty() && argument.kind == ValueKind::choice) {
    text += " One of:";
    for (const std::string_view word : argument.words) { text += ' ' + bold(word); }
    text += '.';
  }
  if (argument.many && !argument.is_one_only) { text += " May be given more than once."; }
  if (!argument.otherwise.empty()) { text += " Default: " + bold(argument.otherwise) + '.'; }
  if (!argument.needs.empty()) { text += " Of use only with " + option_of(command, argument.needs) + '.'; }
  if (!argument.excludes.empty()) {
    text += " Not together with";
    const char* before = " ";
    for (const std::string_view other : argument.excludes) {
      text.append(before).append(option_of(command, other));
      before = ", ";
    }
    text += '.';
  }
  return text;
}

/// "culvert doctor [OPTIONS] [FILE] [NODE]".
std::string synopsis_of(const CommandPath& path) {
  std::string text = bold("culvert " + path.text());
  bool has_options = false;
  for (const Argument& argument : path.command->arguments) { has_options = has_options || !argument.option.empty(); }
  if (has_options) { text += " [" + italic("OPTIONS") + ']'; }
  for (const Argument& argument : path.command->arguments) {
    if (argument.place.empty()) { continue; }
    const std::string place = italic(argument.place) + (argument.many && !argument.is_one_only ? "..." : "");
    text += argument.required ? ' ' + place : " [" + place + ']';
  }
  return text;
}

void add_command(Page& page, const CommandPath& path) {
  page.part(synopsis_of(path));
  page.paragraph(plain(path.command->help) + '.');
  if (!path.command->alias.empty()) {
    page.paragraph(bold("culvert " + std::string{path.command->alias}) + " is another name of it.");
  }
  if (!path.command->footer.empty()) { page.paragraph(plain(path.command->footer)); }
  for (const Argument& argument : path.command->arguments) {
    page.item(head_of(argument), text_of(argument, *path.command));
  }
}

template <class List>
void add_list(Page& page, std::string_view title, const List& list) {
  page.section(title);
  for (const Named& one : list) { page.item(bold(one.name), plain(one.text)); }
}

}  // namespace

std::string man_culvert() {
  Page page{"culvert", '1', "User Commands", "readings from a small box to an MQTT broker, and messages back"};
  page.section("SYNOPSIS").paragraph(bold("culvert") + ' ' + italic("COMMAND") + " [" + italic("ARGUMENT") + "]...");
  page.section("DESCRIPTION").paragraph(plain(about_culvert));
  page.paragraph(
      "What reads, sends and shows is a plugin. Which plugins run and what is connected to what stands in a "
      "pipeline file, which " +
      bold("culvert.toml") + "(5) describes.");
  page.paragraph("Data goes to standard output, everything else to standard error.");
  page.section("COMMANDS");
  for (const CommandPath& path : shown_commands()) { add_command(page, path); }
  page.section("OPTIONS");
  page.item(bold("-h") + ", " + bold("--help"), "Says what there is, of each command as well, and ends.");
  page.item(bold("--version"), "Says the version, and ends.");
  page.section("EXIT STATUS");
  for (const ExitText& exit : exit_texts) { page.item(bold(std::to_string(exit.code)), plain(exit.text)); }
  page.item(bold("130") + ", " + bold("143"),
            "a second SIGINT or SIGTERM cut the end short: what was on its way is lost");
  add_list(page, "ENVIRONMENT", environment);
  add_list(page, "FILES", files);
  page.section("SEE ALSO").paragraph(bold("culvert.toml") + "(5)");
  return page.text();
}

}  // namespace culvert
