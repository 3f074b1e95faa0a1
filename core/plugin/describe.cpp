// SPDX-License-Identifier: MIT
#include "core/plugin/describe.hpp"

#include "core/plugin/describe_rules.hpp"
#include "core/plugin/facts_when.hpp"
#include "core/plugin/option_value.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace culvert::plugin {
namespace {

constexpr std::size_t label_width = 10;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) { text += (text.empty() ? "" : ", ") + word; }
  return text;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) { text.resize(width, ' '); }
  return text;
}

std::vector<std::string> role_names(uint32_t roles) {
  std::vector<std::string> names;
  if ((roles & role_source) != 0) { names.emplace_back("source"); }
  if ((roles & role_sink) != 0) { names.emplace_back("sink"); }
  if ((roles & role_transform) != 0) { names.emplace_back("transform"); }
  if ((roles & role_connector) != 0) { names.emplace_back("connector"); }
  return names;
}

std::vector<std::string> kind_names(uint32_t kinds) {
  std::vector<std::string> names;
  if ((kinds & kind_record) != 0) { names.emplace_back("record"); }
  if ((kinds & kind_payload) != 0) { names.emplace_back("payload"); }
  return names;
}

/// "  label     text" unless there is no text.
std::string line(std::string_view label, const std::string& text, std::size_t indent = 2) {
  if (text.empty()) { return {}; }
  return std::string(indent, ' ') + padded(std::string{label}, label_width) + text + "\n";
}

bool is_bare(const Option& option) {
  return option.type == OptionType::boolean || option.type == OptionType::integer || option.type == OptionType::number;
}

/// As the configuration writes it.
std::string written(const Option& option, const std::string& value) {
  return is_bare(option) || (option.list && value.starts_with('[')) ? value : '"' + value + '"';
}

std::string range(const Option& option) {
  const bool is_text = option.type == OptionType::string || option.type == OptionType::secret;
  const std::string unit = is_text ? " bytes" : option.unit.empty() ? "" : " " + option.unit;
  if (option.min && option.max) { return *option.min + " to " + *option.max + unit; }
  if (option.min) { return "at least " + *option.min + unit; }
  if (option.max) { return "at most " + *option.max + unit; }
  return option.unit.empty() ? std::string{} : "in " + option.unit;
}

std::string schemes(const Option& option) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < option.schemes.size(); ++i) {
    all.push_back(option.schemes[i] + "://HOST[:" + std::to_string(option.ports[i]) + "]");
  }
  return joined(all);
}

std::string names(const Option& option) {
  std::vector<std::string> all;
  for (const std::string& name : option.names) { all.push_back(name == "*" ? "any name" : "{" + name + "}"); }
  for (const std::string& name : option.only) { all.push_back("{" + name + "}"); }
  return (option.only.empty() ? "" : "only ") + joined(all);
}

std::string content(const Option& option) {
  if (option.type == OptionType::file && !option.content.empty()) { return option.content + " in PEM"; }
  if (option.content == "regex") { return "a POSIX extended regular expression"; }
  if (option.content == "text") { return "no control characters"; }
  if (option.content == "host") { return "the name of a host or an IP address"; }
  if (option.content == "interface") { return "an IP address of this box or the name of an interface"; }
  return option.content.empty() ? "" : "a topic";
}

/// What it gets of the box in a process of its own.
std::string needs(const Facts& facts) {
  if (!facts.says_needs) { return "does not say: isolated, it gets all but what no plugin needs"; }
  return facts.needs.empty() ? "nothing" : joined(facts.needs);
}

/// How a process of its own may use what the option names.
std::string access(const Option& option) {
  if (option.type == OptionType::path && option.is_only_read) { return "it is only read"; }
  return {};
}

std::string describe_option(const Facts& facts, const Option& option) {
  const std::string condition = option.when ? when_text(*option.when) : std::string{};
  std::string kind{type_word(option.type)};
  if (option.list) { kind += option.distinct ? ", one or a list of different ones" : ", one or a list"; }
  if (option.required) { kind += option.when ? ", required with " + condition : ", required"; }
  std::string text = "  " + option.name + "  (" + kind + ")\n      " + option.help + "\n";
  text += line("range", range(option), 6);
  text += line("values", joined(option.values), 6);
  text += line("schemes", schemes(option), 6);
  text += line("form", option.wish, 6);
  text += line("names", names(option), 6);
  text += line("content", content(option), 6);
  if (!option.short_for.empty()) {
    text += line("short for", "{ " + option.short_for + " = ... }, see " + option.name + "[]." + option.short_for, 6);
  }
  text += line("with", option.needs_option, 6);
  text += line("only with", condition, 6);
  text += line("access", access(option), 6);
  text += line("renewed", option.is_renewed ? "another may take its place: isolated, its folder can be read" : "", 6);
  text += line("matches", option.matches, 6);
  text += line("password", option.password, 6);
  text += line("not above", option.not_above, 6);
  text +=
      line("unique", option.unique_with.empty() ? "" : "in a pipeline, with the same " + joined(option.unique_with), 6);
  text += line("live", option.live ? "a reload changes it while its node runs" : "", 6);
  if (option.default_value) { text += line("default", written(option, *option.default_value), 6); }
  text += describe_presets(facts, option.name);
  if (!option.example.empty()) { text += line("example", written(option, option.example), 6); }
  return text;
}

}  // namespace

std::string describe(const Found& plugin) {
  const Facts& facts = plugin.facts;
  std::string text = facts.id + " " + facts.version + "\n  " + facts.summary + "\n\n";
  text += line("file", plugin.path);
  text += line("roles", joined(role_names(facts.roles)));
  text += line("emits", joined(kind_names(facts.emits)));
  text += line("accepts", joined(kind_names(facts.accepts)));
  text += line("needs", needs(facts));
  text += line("paces", facts.paces.empty() ? "" : "one message or more each " + ticked(facts.paces));
  if (facts.regenerates) {
    text += line("delivery", "acknowledgement ends here: what it emits is no child of what it took");
  }
  if (facts.options.empty()) { return text + "\nIt has no options.\n"; }
  text += "\nOptions:\n";
  for (const Option& option : facts.options) { text += "\n" + describe_option(facts, option); }
  return text + describe_rules(facts);
}

std::string describe_file(const std::string& path) {
  std::string text;
  for (Facts& facts : facts_of_file(path)) {
    text += (text.empty() ? "" : "\n") + describe(Found{path, std::move(facts), {}});
  }
  return text;
}

std::string describe_all(const Registry& registry) {
  std::array<std::size_t, 3> widths{};
  const std::vector<const Found*> all = registry.all();
  for (const Found* found : all) {
    widths[0] = std::max(widths[0], found->facts.id.size());
    widths[1] = std::max(widths[1], found->facts.version.size());
    widths[2] = std::max(widths[2], joined(role_names(found->facts.roles)).size());
  }
  std::string text;
  for (const Found* found : all) {
    const Facts& facts = found->facts;
    text += padded(facts.id, widths[0]) + "  " + padded(facts.version, widths[1]) + "  " +
            padded(joined(role_names(facts.roles)), widths[2]) + "  " + facts.summary + "\n";
  }
  if (all.empty()) { text += "No plugins were found.\n"; }
  if (!registry.broken().empty()) { text += "\nNot usable:\n"; }
  for (const auto& [path, why] : registry.broken()) { text += "  " + why + "\n"; }
  return text;
}

}  // namespace culvert::plugin
