// SPDX-License-Identifier: MIT
#include "core/config/keys.hpp"
#include "core/plugin/facts.hpp"
#include "core/plugin/facts_reader.hpp"
#include "core/plugin/facts_when.hpp"
#include "core/plugin/option_value.hpp"

#include <algorithm>
#include <array>

namespace culvert::plugin {
namespace {

struct Content {
  std::string_view word;
  std::initializer_list<OptionType> types;
};
const std::array<Content, 9> contents{{
    {"certificates", {OptionType::file}},
    {"certificate", {OptionType::file}},
    {"private-key", {OptionType::file}},
    {"crl", {OptionType::file}},
    {"regex", {OptionType::string}},
    {"text", {OptionType::string, OptionType::secret}},
    {"host", {OptionType::string}},
    {"interface", {OptionType::string}},
    {"topic", {OptionType::template_text}},
}};
constexpr std::size_t max_options = 256;

/// "interval", "tls.ca", "subscribe[].qos": parts of small letters, digits and '_', any but the last a list.
bool is_option_name(std::string_view name) {
  for (;;) {
    const std::size_t dot = name.find('.');
    std::string_view part = name.substr(0, dot);
    if (dot != std::string_view::npos && part.ends_with("[]")) { part.remove_suffix(2); }
    if (part.empty() || part.front() < 'a' || part.front() > 'z') { return false; }
    for (const char c : part) {
      if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_') { return false; }
    }
    if (dot == std::string_view::npos) { return true; }
    name.remove_prefix(dot + 1);
  }
}

bool is_of(const Option& option, std::initializer_list<OptionType> kinds) {
  return std::find(kinds.begin(), kinds.end(), option.type) != kinds.end();
}

/// A key that only some types have.
void only_for(FactsReader& reader, const Option& option, std::string_view key,
              std::initializer_list<OptionType> kinds) {
  if (reader.find(key) == nullptr || is_of(option, kinds)) { return; }
  reader.problem(key, "has no meaning for a " + std::string{type_word(option.type)});
}

void check_limits(FactsReader& reader, const Option& option) {
  using enum OptionType;
  for (const std::string_view key : {"min", "max"}) {
    only_for(reader, option, key, {integer, number, string, duration, size, secret});
  }
  const auto one = [&](std::string_view key, const std::optional<std::string>& text) {
    const auto found = text ? limit(option, *text) : std::nullopt;
    if (text && !found) { reader.problem(key, "is no limit for a " + std::string{type_word(option.type)}); }
    return found;
  };
  const auto low = one("min", option.min), high = one("max", option.max);
  if (low && high && *low > *high) { reader.problem("min", "is above 'max'"); }
}

/// `content` is one of those that a text of this type can hold.
void check_content(FactsReader& reader, const Option& option) {
  std::vector<std::string> wished;
  std::vector<std::string_view> known;
  for (const Content& one : contents) {
    if (std::find(one.types.begin(), one.types.end(), option.type) == one.types.end()) { continue; }
    wished.push_back(ticked(one.word));
    known.push_back(one.word);
  }
  if (option.content.empty() || known.empty()) { return; }
  if (std::find(known.begin(), known.end(), option.content) != known.end()) { return; }
  reader.problem("content", "of a " + std::string{type_word(option.type)} + " must be " + one_of(wished) + ", got " +
                                ticked(option.content) + config::suggestion(option.content, known));
}

void check_type_keys(FactsReader& reader, const Option& option) {
  using enum OptionType;
  only_for(reader, option, "unit", {integer, number});
  only_for(reader, option, "values", {choice});
  only_for(reader, option, "pattern", {string});
  only_for(reader, option, "wish", {string});
  only_for(reader, option, "names", {template_text});
  only_for(reader, option, "only", {template_text});
  only_for(reader, option, "schemes", {url});
  only_for(reader, option, "ports", {url});
  only_for(reader, option, "credentials", {url});
  only_for(reader, option, "content", {file, string, secret, template_text});
  only_for(reader, option, "groups", {string});
  only_for(reader, option, "matches", {file});
  only_for(reader, option, "password", {file});
  only_for(reader, option, "access", {path});
  only_for(reader, option, "renewed", {path, file});
  if (option.type == choice && option.values.empty()) { reader.problem("values", "is missing: a choice needs some"); }
  if (option.pattern.empty() != option.wish.empty()) {
    reader.problem("pattern", "and 'wish' go together: what must be matched, and what that is in words");
  }
  if (!option.pattern.empty() && !regex_problem(option.pattern, 0).empty()) {
    reader.problem("pattern", ticked(option.pattern) + " " + regex_problem(option.pattern, 0));
  }
  if (option.type == url && (option.schemes.empty() || option.schemes.size() != option.ports.size())) {
    reader.problem("schemes", "and 'ports' must be given for a url, one port for each scheme");
  }
  for (const int64_t port : option.ports) {
    if (port < 1 || port > 65535) { reader.problem("ports", "must be from 1 to 65535, got " + std::to_string(port)); }
  }
  if (option.content != "regex" && option.groups != 0) {
    reader.problem("groups", "belongs to a 'content' of 'regex'");
  }
  if (!option.names.empty() && !option.only.empty()) { reader.problem("only", "and 'names' exclude each other"); }
  check_content(reader, option);
  if (option.content != "private-key" && !(option.matches.empty() && option.password.empty())) {
    reader.problem("content", "must be 'private-key' where 'matches' or 'password' is given");
  }
}

/// Defaults and examples are what the configuration would write: so they must pass the same check.
void check_sample(FactsReader& reader, const Option& option, std::string_view key) {
  const config::Value* value = reader.find(key);
  if (value == nullptr) { return; }
  if (!plain_text(*value)) {
    // An example of a list may be one, which is for people only; a default that is none was refused before.
    const bool is_list = value->as<config::List>() != nullptr && option.list;
    if (key == "example" && !is_list) { reader.problem(key, "must be a plain value, got " + shown(*value)); }
    return;
  }
  const Checked checked = check_value(option, *value);
  if (!checked.is_good()) { reader.problem(key, checked.why); }
}

/// A value as the configuration writes it on one line.
std::string written(const config::Value& value) {
  std::string text;
  if (const auto* list = value.as<config::List>()) {
    for (const config::Value& element : *list) { text += (text.empty() ? "" : ", ") + written(element); }
    return "[" + text + "]";
  }
  if (const auto* table = value.as<config::Table>()) {
    for (const config::Entry& entry : *table) {
      text += (text.empty() ? " " : ", ") + entry.key + " = " + written(entry.value);
    }
    return "{" + text + " }";
  }
  const std::string plain = plain_text(value).value_or("");
  return value.as<std::string>() != nullptr ? "\"" + plain + "\"" : plain;
}

/// Texts go without quotes, as defaults do; a list or a table as it is written.
std::string example_text(FactsReader& reader) {
  const config::Value* value = reader.find("example");
  if (value == nullptr) { return {}; }
  return plain_text(*value).value_or(written(*value));
}

/// Whether what a path names is only read.
bool read_access(FactsReader& reader) {
  const std::string access = reader.line("access", false);
  if (access.empty() || access == "write") { return false; }
  if (access != "read") {
    reader.problem("access",
                   "must be 'read' or 'write', got " + ticked(access) + config::suggestion(access, {"read", "write"}));
  }
  return true;
}

Option read_option(const config::Entry& entry, const config::Table& table, config::Problems& problems) {
  FactsReader reader{table, "facts: option " + ticked(entry.key), entry.place, problems};
  Option option;
  option.name = entry.key;
  const std::string type = reader.line("type", true);
  const auto known = type_of(type);
  if (!known && !type.empty()) {
    reader.problem("type", ticked(type) + " is unknown" + config::suggestion(type, type_words()));
  }
  option.type = known.value_or(OptionType::string);
  option.help = reader.line("help", true);
  option.default_value = reader.plain("default");
  option.example = example_text(reader);
  option.required = reader.flag("required");
  option.min = reader.plain("min");
  option.max = reader.plain("max");
  option.unit = reader.line("unit", false);
  option.values = reader.lines("values");
  option.pattern = reader.line("pattern", false);
  option.wish = reader.line("wish", false);
  option.names = reader.lines("names");
  option.only = reader.lines("only");
  option.schemes = reader.lines("schemes");
  option.credentials = reader.lines("credentials");
  option.ports = reader.integers("ports");
  option.list = reader.flag("list");
  option.distinct = reader.flag("distinct");
  option.live = reader.flag("live");
  option.short_for = reader.line("short_for", false);
  option.content = reader.line("content", false);
  option.groups = reader.integer("groups");
  option.matches = reader.line("matches", false);
  option.password = reader.line("password", false);
  const bool is_only_read = read_access(reader);
  option.is_only_read = is_only_read || option.type == OptionType::file;
  option.is_renewed = reader.flag("renewed");
  option.needs_option = reader.line("needs_option", false);
  option.not_above = reader.line("not_above", false);
  option.unique_with = reader.lines("unique_with");
  if (std::vector<When> when = read_when(reader, false); !when.empty()) { option.when = std::move(when.front()); }
  reader.refuse_others();
  if (!known || problems.has_errors()) { return option; }
  check_limits(reader, option);
  check_type_keys(reader, option);
  if (option.required && option.default_value) { reader.problem("default", "has no meaning where 'required' is true"); }
  if (option.distinct && (!option.list || option.type == OptionType::secret)) {
    reader.problem("distinct", "is for a 'list' of what may be shown");
  }
  if (!option.short_for.empty() && !option.list) { reader.problem("short_for", "needs 'list'"); }
  if (!option.short_for.empty() && option.default_value) { reader.problem("default", "belongs to the table's keys"); }
  if (problems.has_errors()) { return option; }
  check_sample(reader, option, "default");
  check_sample(reader, option, "example");
  return option;
}

/// Two values that can be compared: of one type, each alone, within one table.
std::string not_above_problem(const Facts& facts, const Option& option) {
  const Option* other = facts.find(option.not_above);
  using enum OptionType;
  if (other == nullptr || other == &option) { return "which is not there"; }
  if (!is_of(option, {integer, number, duration, size, choice})) { return "but a value of its type is above no other"; }
  if (other->type != option.type || other->list || option.list || other->values != option.values) {
    return "which must have one value of the same type";
  }
  return {};
}

/// What options say of each other.
void check_references(const Facts& facts, Option& option, const config::Place& place, config::Problems& problems) {
  const std::string subject = "facts: option " + ticked(option.name) + ": ";
  const auto must_exist = [&](std::string_view key, const std::string& name) {
    if (!name.empty() && (facts.find(name) == nullptr || name == option.name)) {
      problems.error(place, subject + ticked(key) + " names the option " + ticked(name) + ", which is not there");
    }
  };
  must_exist("matches", option.matches);
  must_exist("password", option.password);
  must_exist("needs_option", option.needs_option);
  for (const std::string& name : option.unique_with) { must_exist("unique_with", name); }
  for (const std::string& name : option.credentials) { must_exist("credentials", name); }
  const bool is_hidden =
      option.list || option.type == OptionType::secret || option.name.find("[].") != std::string::npos;
  if (!option.unique_with.empty() && is_hidden) {
    problems.error(place, subject + "'unique_with' is for one plain value that may be shown");
  }
  if (!option.not_above.empty()) {
    const std::string why = not_above_problem(facts, option);
    if (!why.empty()) {
      problems.error(place, subject + "'not_above' names the option " + ticked(option.not_above) + ", " + why);
    }
  }
  if (option.when) {
    std::string why = resolve_when(facts, *option.when);
    const std::size_t scope = option.when->option.rfind("[].");
    const bool is_elsewhere =
        scope != std::string::npos && !option.name.starts_with(option.when->option.substr(0, scope + 3));
    if (option.when->option == option.name || is_elsewhere) {
      why = "names the option " + ticked(option.when->option) + ", which must be another of its table or at the top";
    }
    if (!why.empty()) { problems.error(place, subject + "'when' " + why); }
  }
  if (!option.short_for.empty()) { must_exist("short_for", option.name + "[]." + option.short_for); }
  const std::size_t brackets = option.name.rfind("[].");
  if (brackets != std::string::npos) {
    const Option* list = facts.find(option.name.substr(0, brackets));
    if (list == nullptr || list->short_for.empty()) {
      problems.error(place, subject + "belongs to " + ticked(option.name.substr(0, brackets)) +
                                ", which must be an option with 'list' and 'short_for'");
    }
  }
}

}  // namespace

void read_options(const config::Value& tables, Facts& facts, config::Problems& problems) {
  const auto* table = tables.as<config::Table>();
  if (table == nullptr) {
    return problems.error(tables.place, "facts: 'option' must be a table, got " + shown(tables));
  }
  if (table->size() > max_options) { return problems.error(tables.place, "facts: has more than 256 options"); }
  for (const config::Entry& entry : *table) {
    const auto* keys = entry.value.as<config::Table>();
    if (keys == nullptr) {
      problems.error(entry.place, "facts: option " + ticked(entry.key) + " must be a table, got " + shown(entry.value));
    } else if (!is_option_name(entry.key)) {
      problems.error(entry.place, "facts: option " + ticked(entry.key) +
                                      " must have a name of small letters, digits and '_', such as 'tls.ca'");
    } else if (config::find_key(config::node_keys(), entry.key) != nullptr) {
      problems.error(entry.place, "facts: option " + ticked(entry.key) + " is a key of the host");
    } else {
      config::Problems own;
      facts.options.push_back(read_option(entry, *keys, own));
      for (const config::Problem& problem : own.sorted()) { problems.error(problem.place, problem.text); }
    }
  }
  for (Option& option : facts.options) {
    const auto entry =
        std::find_if(table->begin(), table->end(), [&](const config::Entry& one) { return one.key == option.name; });
    check_references(facts, option, entry->place, problems);
  }
}

}  // namespace culvert::plugin
