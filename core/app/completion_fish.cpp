// SPDX-License-Identifier: MIT
#include "core/app/completion_scripts.hpp"

namespace culvert {
namespace {

constexpr std::string_view head = R"sh(# fish completion for culvert, made by 'culvert completion fish'

# Whether the line has the command of these words.
function __culvert_at
    set -l words (commandline -opc)
    set -e words[1]
    set -l number (count $argv)
    test "$words[1..$number]" = "$argv"
end

# Whether it has these words and no more: a command is to come.
function __culvert_before
    set -l words (commandline -opc)
    set -e words[1]
    test "$words" = "$argv"
end

# The names that fit here; culvert of PATH looks them up, whichever one the line names, and gives up by itself when that
# takes long.
function __culvert_names
    set -l words (commandline -opc) "$(commandline -ct)"
    set -e words[1]
    command culvert complete -- $words 2>/dev/null
end

# The same where a file may stand as well: files, when no names fit.
function __culvert_names_or_files
    set -l names (__culvert_names)
    if set -q names[1]
        printf '%s\n' $names
    else
        __fish_complete_suffix .toml
    end
end

complete -c culvert -f
complete -c culvert -n __culvert_before -l version -d 'Display program version information and exit'
complete -c culvert -s h -l help -d 'Print this help message and exit'
)sh";

std::string quoted(std::string_view text) {
  std::string made = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') { made += '\\'; }
    made += c;
  }
  return made + '\'';
}

/// The options of `complete` that say what its value is.
std::string value_of(const Argument& argument) {
  switch (argument.kind) {
    case ValueKind::choice:
      return " -x -a " + quoted(joined(argument.words));
    case ValueKind::flag:
      return "";
    case ValueKind::folder:
      return " -x -a '(__fish_complete_directories)'";
    case ValueKind::path:
      return " -r -F";
    case ValueKind::pipeline:
      return " -x -k -a '(__fish_complete_suffix .toml)'";
    case ValueKind::plugin:
      return " -x -k -a '(__culvert_names; __fish_complete_suffix .so)'";
    default:
      return is_completed_by_name(argument) ? " -x -a '(__culvert_names)'" : " -x";
  }
}

std::string condition_of(const CommandPath& path) {
  const std::string at = "__culvert_at " + path.text();
  const std::string_view alias = path.command->alias;
  return quoted(alias.empty() ? at : at + "; or __culvert_at " + std::string{alias});
}

std::string line_of(const std::string& condition, const std::string& rest) {
  return "complete -c culvert -n " + condition + rest + '\n';
}

/// What may stand in a place of its own.
std::string places_of(const Command& command) {
  bool has_names = false, has_files = false;
  for (const Argument& argument : command.arguments) {
    if (argument.place.empty()) { continue; }
    if (argument.kind == ValueKind::choice || argument.kind == ValueKind::plugin) { return value_of(argument); }
    has_names = has_names || is_completed_by_name(argument);
    has_files = has_files || argument.kind == ValueKind::pipeline;
  }
  if (has_names) { return " -k -a '(__culvert_names_or_files)'"; }
  return has_files ? " -k -a '(__fish_complete_suffix .toml)'" : "";
}

void add_command(std::string& script, const CommandPath& path) {
  const std::string condition = condition_of(path);
  for (const Argument& argument : path.command->arguments) {
    if (argument.option.empty()) { continue; }
    const std::string letter = argument.letter == 0 ? "" : std::string{" -s "} + argument.letter;
    script += line_of(condition, letter + " -l " + std::string{argument.option} + value_of(argument) + " -d " +
                                     quoted(argument.help));
  }
  if (const std::string places = places_of(*path.command); !places.empty()) { script += line_of(condition, places); }
}

void add_names(std::string& script, Commands among, const std::string& before) {
  for (const Command& command : among) {
    if (command.is_hidden) { continue; }
    std::string names{command.name};
    if (!command.alias.empty()) { names += ' ' + std::string{command.alias}; }
    const std::string condition = before.empty() ? "__culvert_before" : quoted("__culvert_before " + before);
    script += line_of(condition, " -a " + quoted(names) + " -d " + quoted(command.help));
    add_names(script, command.below, std::string{command.name});
  }
}

}  // namespace

std::string fish_completion() {
  std::string script{head};
  add_names(script, commands(), "");
  for (const CommandPath& path : shown_commands()) { add_command(script, path); }
  return script;
}

}  // namespace culvert
