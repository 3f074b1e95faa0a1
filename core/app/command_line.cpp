// SPDX-License-Identifier: MIT
#include "core/app/command_line.hpp"

#include "core/app/command_table.hpp"
#include "core/config/pipeline.hpp"
#include "core/config/value.hpp"
#include "core/message/topic.hpp"

#include <CLI/CLI.hpp>

namespace culvert {
namespace {

std::string duration_problem(const std::string& text) {
  const bool known = config::parse_duration(text).has_value();
  return known ? std::string{} : "must be a duration such as \"500ms\", \"1s\" or \"5m\", got '" + text + "'";
}

std::string name_problem(const std::string& text) {
  return config::is_name(text) ? std::string{} : "must be a runtime's name, got '" + text + "'";
}

std::string topic_error(const std::string& text) {
  const std::string_view why = topic_problem(text);
  return why.empty() ? std::string{} : "must be a topic: '" + text + "' " + std::string{why};
}

std::string emptiness(const std::string& text) { return text.empty() ? "must not be empty" : ""; }

/// "FILE,-c,--config", as CLI11 wants it.
std::string names_of(const Argument& argument) {
  std::string names{argument.place};
  const auto add = [&](const std::string& name) { names += (names.empty() ? "" : ",") + name; };
  if (argument.letter != 0) { add(std::string{"-"} + argument.letter); }
  if (!argument.option.empty()) { add("--" + std::string{argument.option}); }
  return names;
}

CLI::Option* add_bare(CLI::App& app, const Argument& argument, Given::Value& value) {
  const std::string names = names_of(argument), help{argument.help};
  if (argument.kind == ValueKind::flag) { return app.add_flag(names, value.is_set, help); }
  if (argument.kind == ValueKind::number) {
    return app.add_option_function<uint64_t>(
        names, [&value](const uint64_t& given) { value.number = given; }, help);
  }
  if (argument.many) {
    CLI::Option* option = app.add_option(names, value.texts, help);
    // One for each time that it stands there: what follows may be what has a place.
    if (argument.place.empty()) { option->allow_extra_args(false); }
    return option;
  }
  value.text = argument.otherwise;
  return app.add_option(names, value.text, help);
}

void add_check(CLI::Option& option, const Argument& argument) {
  switch (argument.kind) {
    case ValueKind::choice:
      option.check(CLI::IsMember(std::vector<std::string>(argument.words.begin(), argument.words.end())));
      break;
    case ValueKind::duration:
      option.check(duration_problem);
      break;
    case ValueKind::name:
    case ValueKind::runtime:
      option.check(name_problem);
      break;
    case ValueKind::number:
      option.check(CLI::PositiveNumber);
      break;
    case ValueKind::pipeline:
      // One is as good as none for who reads it, and is a variable of a shell that is not set.
      if (!argument.many) { option.check(emptiness); }
      break;
    case ValueKind::topic:
      option.check(topic_error);
      break;
    default:
      break;
  }
}

void add_arguments(CLI::App& app, const Command& command, Given& given) {
  std::map<std::string_view, CLI::Option*> options;
  for (const Argument& argument : command.arguments) {
    CLI::Option* option = options[argument.id()] = add_bare(app, argument, given.add(argument.id()));
    if (!argument.value.empty()) { option->type_name(std::string{argument.value}); }
    if (!argument.otherwise.empty()) { option->capture_default_str(); }
    if (argument.required) { option->required(); }
    add_check(*option, argument);
  }
  for (const Argument& argument : command.arguments) {
    CLI::Option* option = options.at(argument.id());
    if (!argument.needs.empty()) { option->needs(options.at(argument.needs)); }
    for (const std::string_view other : argument.excludes) { option->excludes(options.at(other)); }
  }
}

/// Of what may be given once only, and is read as if more could be.
void refuse_seconds(const Command& command, const Given& given) {
  for (const Argument& argument : command.arguments) {
    if (!argument.is_one_only || given.texts(argument.id()).size() < 2) { continue; }
    throw CLI::ValidationError{std::string{command.name} + " takes one file, and '" + given.texts(argument.id())[1] +
                               "' is a second one"};
  }
}

/// "list, show, export or drop".
std::string names_in_words(Commands commands) {
  std::string text;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const char* before = i == 0 ? "" : i + 1 == commands.size() ? " or " : ", ";
    text.append(before).append(commands[i].name);
  }
  return text;
}

/// The parser, and what it has found. It is told where to put things, so that it stays where it is.
class Parser {
 public:
  Parser() : app_{std::string{about_culvert}, "culvert"} {
    app_.set_version_flag("--version", "culvert " CULVERT_VERSION);
    app_.require_subcommand(1);
    add(app_, commands(), "");
  }

  std::optional<ParsedLine> parse(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::Success& asked) {
      app_.exit(asked);
      return {};
    } catch (const CLI::ExtrasError&) {
      throw UsageError{"'" + app_.remaining(true).front() + "' is one argument too many"};
    } catch (const CLI::ParseError& error) { throw UsageError{error.what()}; }
    ParsedLine line{std::move(chosen_), {}};
    line.given = std::move(given_.at(line.command));
    return line;
  }

 private:
  void add(CLI::App& app, Commands below, const std::string& before) {
    for (const Command& command : below) {
      CLI::App* added = app.add_subcommand(std::string{command.name}, std::string{command.help});
      if (!command.alias.empty()) { added->alias(std::string{command.alias}); }
      if (!command.footer.empty()) { added->footer(std::string{command.footer}); }
      if (command.is_hidden) { added->group(""); }
      const std::string name = before + std::string{command.name};
      if (command.below.empty()) {
        Given& given = given_[name];
        add_arguments(*added, command, given);
        added->callback([this, name, &command, &given] {
          refuse_seconds(command, given);
          chosen_ = name;
        });
      } else {
        added->require_subcommand(0, 1);
        added->callback([added, &command] {
          if (!added->get_subcommands().empty()) { return; }
          throw CLI::ValidationError{std::string{command.name} + " takes " + names_in_words(command.below)};
        });
        add(*added, command.below, name + " ");
      }
    }
  }

  CLI::App app_;
  std::map<std::string, Given> given_;
  std::string chosen_;
};

/// A word in a command's place that is none: what was meant, perhaps. Empty when all is well.
std::string unknown_command(Commands known, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-' || known.empty()) { return {}; }
  const std::string word = argv[1];
  if (const Command* command = find_command(known, word)) {
    return unknown_command(command->below, argc - 1, argv + 1);
  }
  std::vector<std::string_view> names;
  for (const Command& command : known) {
    if (!command.is_hidden) { names.push_back(command.name); }
  }
  return "there is no command '" + word + "'" + config::suggestion(word, names);
}

}  // namespace

std::optional<ParsedLine> parse_command_line(int argc, char** argv) {
  if (const std::string what = unknown_command(commands(), argc, argv); !what.empty()) { throw UsageError{what}; }
  return Parser{}.parse(argc, argv);
}

}  // namespace culvert
