// SPDX-License-Identifier: MIT
#include "core/app/completion_scripts.hpp"
#include "core/app/shell_quoted.hpp"

#include <algorithm>

namespace culvert {
namespace {

// _arguments changes `words` for what comes behind a command, so that the whole line is kept.
constexpr std::string_view head = R"sh(#compdef culvert
# zsh completion for culvert, made by 'culvert completion zsh'

# The names that fit here; culvert of PATH looks them up, whichever one the line names, and gives up by itself when that
# takes long.
_culvert_names() {
  local -a names
  names=(${(f)"$(command culvert complete -- "${(@)culvert_line[2,-1]}" 2>/dev/null)"})
  (( $#names )) && _wanted names expl name compadd -a names
}

_culvert_files() { _culvert_names || _files -g '*.toml(-.)' }
_culvert_plugins() { _alternative 'names:plugin:_culvert_names' 'files:shared object:_files -g "*.so(-.)"' }
)sh";

constexpr std::string_view tail = R"sh(
_culvert() {
  local curcontext=$curcontext state state_descr line expl
  local -A opt_args
  local -a culvert_line
  culvert_line=("${(@Q)words[1,CURRENT]}")
  _culvert_top
}

_culvert "$@"
)sh";

/// As a part of what _arguments and _describe read.
std::string escaped(std::string_view text) {
  std::string made;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') { made += '\\'; }
    made += c;
  }
  return made;
}

std::string action_of(const Argument& argument) {
  switch (argument.kind) {
    case ValueKind::choice:
      return '(' + joined(argument.words) + ')';
    case ValueKind::folder:
      return "_files -/";
    case ValueKind::path:
      return "_files";
    case ValueKind::pipeline:
      return "_culvert_files";
    case ValueKind::plugin:
      return "_culvert_plugins";
    default:
      return is_completed_by_name(argument) ? "_culvert_names" : " ";
  }
}

/// ":value:action", or nothing for a flag.
std::string value_of(const Argument& argument) {
  return argument.kind == ValueKind::flag ? std::string{}
                                          : ':' + escaped(value_name(argument)) + ':' + action_of(argument);
}

void add_spellings(const Argument& argument, std::vector<std::string>& spellings) {
  if (argument.letter != 0) { spellings.push_back(std::string{"-"} + argument.letter); }
  if (!argument.option.empty()) { spellings.push_back("--" + std::string{argument.option}); }
}

bool names(Words ids, std::string_view id) { return std::find(ids.begin(), ids.end(), id) != ids.end(); }

/// "(-c --config --name)": the options that are not proposed once this one is there.
std::string ousted(const Argument& argument, const Command& command) {
  std::vector<std::string> spellings;
  if (!argument.many || argument.is_one_only) { add_spellings(argument, spellings); }
  for (const Argument& other : command.arguments) {
    if (names(argument.excludes, other.id()) || names(other.excludes, argument.id())) {
      add_spellings(other, spellings);
    }
  }
  std::string text;
  for (const std::string& one : spellings) { text += (text.empty() ? "(" : " ") + one; }
  return text.empty() ? text : text + ')';
}

void add_option(std::string& script, const Argument& argument, const Command& command) {
  const std::string often = argument.many && !argument.is_one_only ? "*" : "";
  const std::string rest = '[' + escaped(argument.help) + ']' + value_of(argument);
  std::vector<std::string> spellings;
  add_spellings(argument, spellings);
  for (const std::string& one : spellings) {
    // Its value may stand in the same word: behind a '=', or behind the letter.
    const std::string joint = argument.kind == ValueKind::flag ? "" : one.starts_with("--") ? "=" : "+";
    script += " \\\n    " + shell_quoted(ousted(argument, command) + often + one + joint + rest);
  }
}

std::string function_of(const std::string& words) {
  std::string name = "_culvert_" + words;
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

void add_command(std::string& script, const CommandPath& path) {
  script += '\n' + function_of("of_" + path.text()) + "() {\n  _arguments -S \\\n    '(- *)'{-h,--help}" +
            shell_quoted("[Print this help message and exit]");
  for (const Argument& argument : path.command->arguments) {
    if (!argument.option.empty()) { add_option(script, argument, *path.command); }
  }
  for (const Argument& argument : path.command->arguments) {
    if (argument.place.empty()) { continue; }
    const bool is_many = argument.many && !argument.is_one_only;
    const std::string start = is_many ? "*" : argument.required ? "" : ":";
    script += " \\\n    " + shell_quoted(start + ':' + std::string{argument.place} + ':' + action_of(argument));
  }
  script += "\n}\n";
}

/// A function that completes one of these commands, and then goes on with that one's function.
void add_group(std::string& script, Commands among, const std::string& before) {
  const std::string name = before.empty() ? "_culvert_top" : function_of("of_" + before);
  const std::string prefix = before.empty() ? "" : before + ' ';
  std::string described, branches;
  for (const Command& command : among) {
    if (command.is_hidden) { continue; }
    const std::string own{command.name}, alias{command.alias};
    described += "    " + shell_quoted(own + ':' + escaped(command.help)) + '\n';
    if (!alias.empty()) { described += "    " + shell_quoted(alias + ':' + escaped(command.help)) + '\n'; }
    branches +=
        "        " + own + (alias.empty() ? "" : "|" + alias) + ") " + function_of("of_" + prefix + own) + " ;;\n";
    if (!command.below.empty()) { add_group(script, command.below, prefix + own); }
  }
  script += '\n' + name + "() {\n  local -a culvert_commands\n  culvert_commands=(\n" + described + "  )\n" +
            "  _arguments -C \\\n    '(- *)'{-h,--help}'[Print this help message and exit]' \\\n";
  if (before.empty()) { script += "    '(- *)--version[Display program version information and exit]' \\\n"; }
  script +=
      "    '1:command:->command' \\\n    '*:: :->rest'\n  case $state in\n"
      "    command) _describe -t commands command culvert_commands ;;\n"
      "    rest)\n      case $words[1] in\n" +
      branches + "      esac\n      ;;\n  esac\n}\n";
}

}  // namespace

std::string zsh_completion() {
  std::string script{head};
  for (const CommandPath& path : shown_commands()) { add_command(script, path); }
  add_group(script, commands(), "");
  return script.append(tail);
}

}  // namespace culvert
