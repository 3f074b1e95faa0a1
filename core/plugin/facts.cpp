// SPDX-License-Identifier: MIT
#include "core/plugin/facts.hpp"

#include "core/plugin/facts_reader.hpp"
#include "core/plugin/option_value.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace culvert::plugin {
namespace {

constexpr std::size_t max_text = 64U << 10U;
constexpr std::size_t max_name = 64;

struct Word {
  std::string_view text;
  uint32_t bit;
};
constexpr std::array<Word, 4> role_words{
    {{"source", role_source}, {"sink", role_sink}, {"transform", role_transform}, {"connector", role_connector}}};
constexpr std::array<Word, 2> kind_words{{{"record", kind_record}, {"payload", kind_payload}}};
constexpr std::array<Word, 6> need_words{{{"network", need_network},
                                          {"state", need_state},
                                          {"stdout", need_stdout},
                                          {"files", need_files},
                                          {"devices", need_devices},
                                          {"processes", need_processes}}};

/// The bits of a list of words; a word that is none is said.
template <std::size_t N>
uint32_t bits(FactsReader& reader, std::string_view key, const std::vector<std::string>& found,
              const std::array<Word, N>& words) {
  uint32_t all = 0;
  for (const std::string& text : found) {
    const auto* word = std::find_if(words.begin(), words.end(), [&](const Word& one) { return one.text == text; });
    if (word != words.end()) {
      all |= word->bit;
      continue;
    }
    std::vector<std::string_view> known;
    std::vector<std::string> choices;
    for (const Word& one : words) {
      known.push_back(one.text);
      choices.push_back(ticked(one.text));
    }
    reader.problem(key, "may hold " + one_of(choices) + ", got " + ticked(text) + config::suggestion(text, known));
  }
  return all;
}

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > max_name || text.front() == '_' || text.front() == '-') { return false; }
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

void check_roles(FactsReader& reader, const Facts& facts, bool has_emits, bool has_accepts) {
  if (facts.is_source() && facts.emits == 0) { reader.problem("emits", "is missing: what emits says what"); }
  if (facts.is_sink() && facts.accepts == 0) {
    reader.problem("accepts", "is missing: what takes messages says which");
  }
  if (!facts.is_source() && has_emits) { reader.problem("emits", "is for what emits: a sink does not"); }
  if (!facts.is_sink() && has_accepts) { reader.problem("accepts", "is for what takes messages: a source does not"); }
  if (facts.regenerates && (facts.roles & role_transform) == 0) { reader.problem("regenerates", "is for a transform"); }
}

void check_paces(FactsReader& reader, const Facts& facts) {
  if ((facts.roles & role_source) == 0) { return reader.problem("paces", "is for a source"); }
  const Option* option = facts.find(facts.paces);
  if (option == nullptr || option->list || option->type != OptionType::duration) {
    reader.problem("paces", "names the option " + ticked(facts.paces) + ", which must be one duration");
  }
}

}  // namespace

const Option* Facts::find(std::string_view name) const noexcept {
  for (const Option& option : options) {
    if (option.name == name) { return &option; }
  }
  return nullptr;
}

bool Facts::is_live(std::string_view key) const {
  std::string declared;
  for (std::size_t at = 0; at < key.size(); ++at) {
    declared += key[at];
    if (key[at] == '[') { at = std::min(key.find(']', at), key.size()) - 1; }
  }
  if (declared.ends_with("[]")) { declared.resize(declared.size() - 2); }
  const Option* const option = find(declared);
  return option != nullptr && option->live;
}

std::optional<Facts> parse_facts(std::string_view text, const std::string& file, config::Problems& problems) {
  if (text.size() > max_text) {
    problems.error({file, 0, 0}, "facts: are larger than 64 KiB");
    return std::nullopt;
  }
  // Gathered apart: problems that the caller had before are none of these facts'.
  config::Problems own;
  Facts facts;
  if (const auto parsed = config::parse_toml(text, file, own)) {
    const auto* table = parsed->as<config::Table>();
    FactsReader reader{*table, "facts", {file, 1, 1}, own};
    facts.id = reader.line("id", true);
    if (!facts.id.empty() && !is_name(facts.id)) {
      reader.problem("id", "must be letters, digits, '_' and '-', at most 64, got " + ticked(facts.id));
    }
    facts.version = reader.line("version", true);
    facts.summary = reader.line("summary", true);
    if (reader.find("roles") == nullptr) { reader.problem("roles", "is missing"); }
    facts.roles = bits(reader, "roles", reader.lines("roles"), role_words);
    if (facts.roles == 0 && reader.find("roles") != nullptr && !own.has_errors()) {
      reader.problem("roles", "must name at least one role");
    }
    facts.emits = bits(reader, "emits", reader.lines("emits"), kind_words);
    facts.accepts = bits(reader, "accepts", reader.lines("accepts"), kind_words);
    facts.needs = reader.lines("needs");
    facts.says_needs = reader.find("needs") != nullptr;
    const uint32_t needs = bits(reader, "needs", facts.needs, need_words);
    if (facts.says_needs) { facts.need_bits = needs; }
    facts.regenerates = reader.flag("regenerates");
    if (!own.has_errors()) {
      check_roles(reader, facts, reader.find("emits") != nullptr, reader.find("accepts") != nullptr);
    }
    if (const config::Value* options = reader.find("option")) { read_options(*options, facts, own); }
    facts.paces = reader.line("paces", false);
    if (!facts.paces.empty()) { check_paces(reader, facts); }
    read_rules(reader, facts, own);
    reader.refuse_others();
  }
  for (const config::Problem& problem : own.sorted()) {
    problem.severity == config::Severity::error ? problems.error(problem.place, problem.text)
                                                : problems.warning(problem.place, problem.text);
  }
  if (own.has_errors()) { return std::nullopt; }
  return facts;
}

std::vector<Facts> facts_of_file(const std::string& path) {
  std::vector<Facts> all;
  for (const std::string& note : read_facts_notes(path)) {
    config::Problems problems;
    std::optional<Facts> facts = parse_facts(note, path, problems);
    if (!facts) {
      std::string text;
      for (const config::Problem& problem : problems.sorted()) {
        text += (text.empty() ? "" : "\n") + to_string(problem);
      }
      throw std::runtime_error{text};
    }
    all.push_back(std::move(*facts));
  }
  return all;
}

}  // namespace culvert::plugin
