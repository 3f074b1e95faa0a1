// SPDX-License-Identifier: MIT
#include "core/app/completion_scripts.hpp"

namespace culvert {
namespace {

// What the functions share stands in the variables of _culvert: cur, the word that is being written, without what
// readline leaves alone; option, the one whose value it may be; words, all up to it.
constexpr std::string_view script = R"sh(# bash completion for culvert, made by 'culvert completion bash'

# The words of $1 that begin as the current one does.
_culvert_words() {
  compopt +o default
  mapfile -t COMPREPLY < <(compgen -W "$1" -P "$kept" -- "$cur")
}

_culvert_folders() { compopt +o default -o dirnames; }

# A word of the line as the program will get it. Nothing in it is run or looked up.
_culvert_plain() {
  if [[ $1 == *[\\\'\"]* ]]; then
    xargs printf %s <<<"$1" 2>/dev/null || printf %s "$1"
  else
    printf %s "$1"
  fi
}

# The names that fit here; culvert of PATH looks them up, whichever one the line names, and gives up by itself when that
# takes long.
_culvert_names() {
  local word plain=() names=()
  for word in "${words[@]:1}"; do plain+=("$(_culvert_plain "$word")"); done
  mapfile -t names < <(command culvert complete -- "${plain[@]}" 2>/dev/null)
  mapfile -t COMPREPLY < <(compgen -W "${names[*]}" -P "$kept" -- "$cur")
}

# Where no value of an option is wanted: options, or names, or files if $2 says so.
_culvert_rest() {
  if [[ $cur == -* ]]; then
    _culvert_words "$1"
    return
  fi
  _culvert_names
  [[ ${#COMPREPLY[@]} -eq 0 && $2 == files ]] || compopt +o default
}

_culvert() {
  local cur option='' kept='' line=$COMP_LINE command='' words=() before=() i
  COMPREPLY=()
  # Readline splits words at more than blanks, as at = and :.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    if [[ i -eq 0 || $line == [[:space:]]* ]]; then
      line=${line#"${line%%[![:space:]]*}"}
      words+=("${COMP_WORDS[i]}")
    else
      words[-1]+=${COMP_WORDS[i]}
    fi
    line=${line#"${COMP_WORDS[i]}"}
  done
  cur=${words[-1]}
  [[ ${#words[@]} -lt 3 ]] || option=${words[-2]}
  if [[ $cur == --*=* ]]; then
    option=${cur%%=*}
    [[ $COMP_WORDBREAKS == *=* ]] || kept=$option=
    cur=${cur#*=}
  fi
  # What stands before the current word tells the command.
  before=("${words[@]:1:${#words[@]}-2}")
  case "${before[*]:0:2} " in
@FIND@
  esac
  case $command in
    '')
      [[ ${#before[@]} -eq 0 ]] || compopt +o default
      [[ ${#before[@]} -gt 0 ]] || _culvert_words '@TOP@ -h --help --version'
      ;;
@COMMANDS@
  esac
}

complete -o default -F _culvert culvert
)sh";

std::string option_names(const Argument& argument, std::string_view between) {
  std::string names = "--" + std::string{argument.option};
  return argument.letter == 0 ? names : std::string{"-"} + argument.letter + std::string{between} + names;
}

/// What is called for its value.
std::string call_of(const Argument& argument) {
  switch (argument.kind) {
    case ValueKind::choice:
      return "_culvert_words '" + joined(argument.words) + "'";
    case ValueKind::folder:
      return "_culvert_folders";
    case ValueKind::path:
    case ValueKind::pipeline:
      return ":";
    case ValueKind::plugin:
      return "_culvert_rest '' files";
    default:
      return is_completed_by_name(argument) ? "_culvert_rest ''" : "_culvert_words ''";
  }
}

bool takes_files(const Command& command) {
  for (const Argument& argument : command.arguments) {
    const bool is_file = argument.kind == ValueKind::pipeline || argument.kind == ValueKind::plugin;
    if (!argument.place.empty() && is_file) { return true; }
  }
  return false;
}

std::string branch_of(const CommandPath& path) {
  std::string cases, options, choice;
  for (const Argument& argument : path.command->arguments) {
    if (argument.option.empty()) {
      if (argument.kind == ValueKind::choice) { choice = joined(argument.words); }
      continue;
    }
    options += option_names(argument, " ") + ' ';
    if (argument.kind == ValueKind::flag) { continue; }
    cases += "        " + option_names(argument, " | ") + ") " + call_of(argument) + " ;;\n";
  }
  const std::string rest =
      choice.empty() ? "_culvert_rest '" + options + "-h --help'" + (takes_files(*path.command) ? " files" : "")
                     : "_culvert_words '" + choice + " " + options + "-h --help'";
  std::string branch = "    '" + path.text() + "')\n";
  branch += cases.empty() ? "      " + rest + '\n'
                          : "      case $option in\n" + cases + "        *) " + rest + " ;;\n      esac\n";
  return branch + "      ;;\n";
}

/// Which command the line has, those with the longest names first.
void add_finds(Commands among, const std::string& before, std::string& finds, std::string& groups) {
  for (const Command& command : among) {
    if (command.is_hidden) { continue; }
    const std::string name = before + std::string{command.name};
    finds += "    '" + name + " '*";
    if (!command.alias.empty()) { finds += " | '" + before + std::string{command.alias} + " '*"; }
    finds += ") command='" + name + "' ;;\n";
    if (command.below.empty()) { continue; }
    std::string names;
    for (const Command& below : command.below) { names.append(below.name).append(" "); }
    groups += "    '" + name + "')\n      _culvert_words '" + names + "-h --help'\n      ;;\n";
    std::string longer;
    add_finds(command.below, name + " ", longer, groups);
    finds.insert(0, longer);
  }
}

/// Without its last line feed, which the script has.
std::string_view without_end(std::string_view text) { return text.substr(0, text.size() - 1); }

}  // namespace

std::string bash_completion() {
  std::string finds, branches, top;
  add_finds(commands(), "", finds, branches);
  for (const CommandPath& path : shown_commands()) { branches += branch_of(path); }
  for (const Command& command : commands()) {
    if (command.is_hidden) { continue; }
    top.append(top.empty() ? "" : " ").append(command.name);
    if (!command.alias.empty()) { top.append(" ").append(command.alias); }
  }
  return filled(filled(filled(script, "@FIND@", without_end(finds)), "@TOP@", top), "@COMMANDS@",
                without_end(branches));
}

}  // namespace culvert
