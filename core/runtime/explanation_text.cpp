// SPDX-License-Identifier: MIT
#include "core/config/written.hpp"
#include "core/runtime/explanation.hpp"
#include "core/util/log.hpp"
#include "core/util/words.hpp"

#include <algorithm>
#include <array>

namespace culvert {
namespace {

using From = Provenance::From;
using Json = nlohmann::ordered_json;

/// Comments stand in one column, unless that is too far out.
constexpr std::size_t farthest_column = 60;

std::string words_of(const Explained& value) {
  const Provenance& origin = value.origin;
  const std::string more = origin.words.empty() ? "" : ": " + origin.words;
  switch (origin.from) {
    case From::environment:
      return "environment" + more;
    case From::host:
      return "default" + more;
    case From::plugin:
      return "default of the plugin";
    case From::preset:
      return "preset of the plugin" + more;
    case From::file:
      break;
  }
  std::string text = to_string(origin.place);
  for (const config::UsedVariable& variable : origin.variables) {
    text += (variable.is_default ? ", default of $" : ", from $") + variable.name;
  }
  if (!origin.words.empty()) { text += ", " + origin.words; }
  return text + (value.shown == Explained::Shown::masked ? ", masked" : "");
}

std::string value_of(const Explained& value) {
  const auto* text = value.value.as<std::string>();
  const bool is_variable = value.shown == Explained::Shown::reference && text != nullptr;
  return is_variable ? config::toml_text_with_variables(*text) : config::toml_text(value.value);
}

/// A line, and what stands behind it.
struct Line {
  std::string text, comment;
};

std::vector<Line> lines_of(const ExplainedTable& table) {
  std::vector<Line> lines;
  for (const Explained& value : table.values) {
    if (value.elements.size() < 2) {
      const Explained& only = value.elements.empty() ? value : value.elements.front();
      lines.push_back({value.key + " = " + value_of(only), words_of(only)});
      continue;
    }
    lines.push_back({value.key + " = [", ""});
    for (const Explained& element : value.elements) {
      lines.push_back({"  " + value_of(element) + ",", words_of(element)});
    }
    lines.push_back({"]", ""});
  }
  return lines;
}

std::string text_of(const ExplainedTable& table) {
  const std::vector<Line> lines = lines_of(table);
  std::size_t column = 0;
  for (const Line& line : lines) {
    if (line.text.size() <= farthest_column) { column = std::max(column, line.text.size()); }
  }
  std::string text = table.header + "\n";
  for (const Line& line : lines) {
    text += line.text;
    if (!line.comment.empty()) {
      text.append(column - std::min(column, line.text.size()), ' ').append("  # ").append(printable(line.comment));
    }
    text += '\n';
  }
  for (const std::string& remark : table.remarks) { text += "# " + printable(remark) + "\n"; }
  return text;
}

Json json_value(const config::Value& value) {
  if (const auto* text = value.as<std::string>()) { return *text; }
  if (const auto* flag = value.as<bool>()) { return *flag; }
  if (const auto* integer = value.as<int64_t>()) { return *integer; }
  if (const auto* number = value.as<double>()) { return *number; }
  Json made = Json::object();
  if (const auto* table = value.as<config::Table>()) {
    for (const config::Entry& entry : *table) { made[entry.key] = json_value(entry.value); }
  }
  return made;
}

/// By the numbers of Provenance::From.
constexpr std::array<const char*, 5> origins{"file", "environment", "default", "plugin default", "plugin preset"};

Json json_of(const std::string& key, const Explained& value) {
  const Provenance& origin = value.origin;
  Json made;
  made["key"] = key;
  made["value"] = value.shown == Explained::Shown::masked ? Json{} : json_value(value.value);
  if (value.shown == Explained::Shown::masked) { made["masked"] = true; }
  made["from"] = origins.at(static_cast<std::size_t>(origin.from));
  if (origin.from == From::file) {
    made["file"] = origin.place.file;
    made["line"] = origin.place.line;
    made["column"] = origin.place.column;
  }
  for (const config::UsedVariable& variable : origin.variables) {
    Json one;
    one["name"] = variable.name;
    one["is_default"] = variable.is_default;
    made["variables"].push_back(one);
  }
  if (!origin.words.empty()) { made["why"] = origin.words; }
  return made;
}

}  // namespace

std::string explanation_text(const Explanation& explanation) {
  std::string files;
  for (const std::string& file : explanation.files) { files += (files.empty() ? "" : ", ") + printable(file); }
  std::string text = "# " + files + ": ok, " + counted(explanation.nodes, "node") + ", " +
                     counted(explanation.routes, "route") + ". What holds, and where it comes from:\n";
  for (const ExplainedTable& table : explanation.tables) { text += "\n" + text_of(table); }
  return text;
}

Json explanation_json(const Explanation& explanation) {
  Json made;
  made["files"] = explanation.files;
  made["nodes"] = explanation.nodes;
  made["routes"] = explanation.routes;
  Json& values = made["values"] = Json::array();
  for (const ExplainedTable& table : explanation.tables) {
    for (const Explained& value : table.values) {
      const std::string key = table.path + "." + value.key;
      if (value.elements.empty()) { values.push_back(json_of(key, value)); }
      for (std::size_t i = 0; i < value.elements.size(); ++i) {
        values.push_back(json_of(key + "[" + std::to_string(i) + "]", value.elements[i]));
      }
    }
  }
  return made;
}

}  // namespace culvert
