// SPDX-License-Identifier: MIT
/// The commands of `culvert` with all that may stand behind them: the one list. The parser of the command line, the
/// manual page and the completion of each shell are made of it. Constant; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace culvert {

/// What a value is: how it is checked, and what a shell proposes for it.
enum class ValueKind {
  flag,    ///< there is none
  choice,  ///< one of `words`
  duration,
  event,  ///< of the log
  folder,
  name,      ///< of a runtime, new or not
  node,      ///< of the pipeline that the line names
  number,    ///< from 1 on
  path,      ///< any file
  pipeline,  ///< a pipeline file
  plugin,    ///< a name, or the path of a shared object
  profile,   ///< of the plugin mqtt
  route,     ///< a durable one, of the pipeline that the line names
  runtime,   ///< the name of one that runs
  sensor,    ///< one that is found on this box
  text,
  topic,
};

using Words = std::span<const std::string_view>;

struct Argument {
  std::string_view place = {};   ///< "FILE": how its place is called, where it may stand without an option
  char letter = 0;               ///< 'c' of -c
  std::string_view option = {};  ///< "config" of --config
  ValueKind kind = ValueKind::flag;
  std::string_view value = {};      ///< how help calls the value, where it is not just text
  std::string_view help;            ///< one line, for people
  std::string_view otherwise = {};  ///< its value where it is not given
  Words words = {};
  bool is_one_only = false;  ///< of one with `many`: more are read, so that the second can be named, and refused
  bool many = false;         ///< any number of values
  bool required = false;
  std::string_view needs = {};  ///< of use only together with that option
  Words excludes = {};          ///< may not stand beside these; by the ids of their arguments

  /// How it is called within its command: its option, else its place.
  constexpr std::string_view id() const noexcept { return option.empty() ? place : option; }
};

struct Command {
  std::string_view name;
  std::string_view alias = {};
  std::string_view help;         ///< one line, for people
  std::string_view footer = {};  ///< more lines, for those who ask for help
  std::span<const Argument> arguments = {};
  std::span<const Command> below = {};  ///< commands of its own; then it has no arguments
  bool is_hidden = false;               ///< it is for programs, and no help shows it
};

/// How people call its value: "DURATION", "text|json"; empty for a flag.
std::string value_name(const Argument& argument);

using Commands = std::span<const Command>;

inline constexpr std::string_view about_culvert =
    "Culvert carries readings from a small box to an MQTT broker, and the broker's messages to the box.";

Commands commands() noexcept;

/// The command that has that name or alias, or null.
const Command* find_command(Commands among, std::string_view name) noexcept;

/// A command with the words that lead to it: {"journal", "show"}.
struct CommandPath {
  std::vector<std::string_view> words;
  const Command* command;

  std::string text() const;  ///< "journal show"
};

/// All that can be run and are shown to people: of one with commands of its own those.
std::vector<CommandPath> shown_commands();

}  // namespace culvert
