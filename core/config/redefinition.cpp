// SPDX-License-Identifier: MIT
#include "core/config/redefinition.hpp"

#include <vector>

namespace culvert::config {
namespace {

/// A key that exists only to find out which table a statement belongs to.
constexpr std::string_view probe_text = "\"\\u0001\" = 0";
constexpr std::string_view probe_key{"\x01", 1};

/// The table at a node: itself, or the last one of an array of tables, which is where TOML goes on.
const toml::table* table_at(const toml::node& node) {
  if (const auto* list = node.as_array()) { return list->empty() ? nullptr : list->get(list->size() - 1)->as_table(); }
  return node.as_table();
}

std::optional<toml::table> parsed(const std::string& text) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error&) { return {}; }
}

/// The names that lead to the table that holds the probe.
bool find_probe(const toml::table& table, std::vector<std::string>& path) {
  if (table.contains(probe_key)) { return true; }
  for (const auto& [key, node] : table) {
    const toml::table* next = table_at(node);
    if (next == nullptr) { continue; }
    path.emplace_back(key.str());
    if (find_probe(*next, path)) { return true; }
    path.pop_back();
  }
  return false;
}

struct Line {
  std::string_view before;  ///< the lines above
  std::string_view text;
};

Line line_at(std::string_view text, uint32_t number) {
  size_t begin = 0;
  for (uint32_t line = 1; line < number; ++line) {
    const size_t end = text.find('\n', begin);
    if (end == std::string_view::npos) { return {text, {}}; }
    begin = end + 1;
  }
  std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
  if (line.ends_with('\r')) { line.remove_suffix(1); }
  return {text.substr(0, begin), line};
}

/// What stands in front of the first `=` that is in no quotes; all of it when there is none.
std::string_view key_text(std::string_view line) {
  char quote = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    if (quote == '"' && line[i] == '\\') {
      ++i;
    } else if (quote != 0) {
      if (line[i] == quote) { quote = 0; }
    } else if (line[i] == '"' || line[i] == '\'') {
      quote = line[i];
    } else if (line[i] == '=') {
      return line.substr(0, i);
    }
  }
  return line;
}

size_t skip_blanks(std::string_view line, size_t from) {
  const size_t found = line.find_first_not_of(" \t", from);
  return found == std::string_view::npos ? line.size() : found;
}

/// The byte at which a column, counted in characters, starts.
size_t byte_of(std::string_view line, uint32_t column) {
  size_t i = 0;
  for (uint32_t at = 1; i < line.size() && at < column; ++at) {
    do ++i;
    while (i < line.size() && (static_cast<unsigned char>(line[i]) & 0xC0) == 0x80);
  }
  return i;
}

/// Inside an inline table: the key is in front of the `=` at which the parser stopped.
Redefinition in_inline_table(std::string_view line, toml::source_position at, const std::string& file) {
  const size_t value = byte_of(line, at.column);
  const size_t equals = line.substr(0, value).rfind('=');
  const size_t separator = line.substr(0, equals).find_last_of(",{");
  if (equals == std::string_view::npos || separator == std::string_view::npos) {
    return {{file, at.line, at.column}, "a key is defined twice in this table"};
  }
  const size_t begin = skip_blanks(line, separator + 1);
  std::string_view key = line.substr(begin, equals - begin);
  key = key.substr(0, key.find_last_not_of(" \t") + 1);
  uint32_t column = at.column;
  for (size_t i = begin; i < value; ++i) { column -= (static_cast<unsigned char>(line[i]) & 0xC0) != 0x80 ? 1 : 0; }
  return {{file, at.line, column}, quoted(key) + " is defined twice in this table"};
}

/// Follows the one statement's keys through what was defined above it, as far as both go.
Redefinition follow(const toml::table& statement, const toml::table& above, std::string name, uint32_t line,
                    const std::string& file) {
  Redefinition result;
  const toml::table* step = &statement;
  const toml::table* known = &above;
  while (step != nullptr && known != nullptr && !step->empty()) {
    const auto member = step->begin();  // owns the pair that it points at
    const auto& [key, node] = *member;
    const auto found = known->find(key.str());
    if (found == known->end()) { break; }
    if (!name.empty()) { name += '.'; }
    name += key.str();
    const Place first{file, found->first.source().begin.line, found->first.source().begin.column};
    result.place = {file, line, key.source().begin.column};
    result.text = quoted(name) + " is defined twice, first at " + to_string(first);
    step = table_at(node);
    known = table_at(found->second);
  }
  return result;
}

}  // namespace

Redefinition find_redefinition(std::string_view text, toml::source_position at, const std::string& file) {
  const auto [before, line] = line_at(text, at.line);
  const bool header = line.substr(skip_blanks(line, 0)).starts_with('[');
  const std::string_view key = header ? line : key_text(line);
  const bool outermost = header || byte_of(line, at.column) <= skip_blanks(line, key.size() + 1);
  const auto above = outermost ? parsed(std::string{before} + std::string{probe_text}) : std::nullopt;
  const auto statement = above ? parsed(header ? std::string{line} : std::string{key} + "= 0") : std::nullopt;
  if (!statement) { return in_inline_table(line, at, file); }
  const toml::table* start = &*above;
  std::string name;
  std::vector<std::string> path;
  if (!header && find_probe(*above, path)) {
    for (const std::string& part : path) {
      start = table_at(*start->get(part));
      name += (name.empty() ? "" : ".") + part;
    }
  }
  Redefinition result = follow(*statement, *start, name, at.line, file);
  if (result.text.empty()) { return {{file, at.line, at.column}, "a key is defined twice here"}; }
  return result;
}

}  // namespace culvert::config
