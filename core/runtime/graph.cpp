// SPDX-License-Identifier: MIT
#include "core/runtime/graph.hpp"

#include "core/channel/when_full.hpp"
#include "core/config/keys.hpp"
#include "core/config/value.hpp"
#include "core/util/log.hpp"
#include "core/util/words.hpp"

#include <algorithm>
#include <array>

namespace culvert {
namespace {

/// How a language writes a text that it puts between quotes.
using Escape = std::string (*)(std::string_view);

std::string for_people(std::string_view text) { return printable(text); }

std::string for_dot(std::string_view text) {
  std::string made;
  for (const char c : printable(text)) {
    // Graphviz knows HTML's names of characters.
    if (c == '&') {
      made += "&amp;";
    } else {
      made += (c == '"' || c == '\\' ? "\\" : "") + std::string{c};
    }
  }
  return made;
}

// Mermaid reads comments, HTML, formulas, marks of Markdown and words of its own out of its texts. What is surely none
// of these stays as it is.
std::string for_mermaid(std::string_view text) {
  static constexpr std::string_view plain = " /.,+-";
  std::string made;
  for (const char c : printable(text)) {
    const bool is_alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    const bool stays = is_alphanumeric || static_cast<unsigned char>(c) >= 0x80 || plain.find(c) != plain.npos;
    made += stays ? std::string{c} : '#' + std::to_string(c) + ';';
  }
  return made;
}

std::string joined(const std::vector<std::string>& parts, std::string_view between, Escape escape = for_people) {
  std::string text;
  for (const std::string& part : parts) { text += (text.empty() ? "" : std::string{between}) + escape(part); }
  return text;
}

/// The lines in a node's box.
std::vector<std::string> lines_of(const CheckedNode& node) {
  std::vector<std::string> lines{node.name, node.facts->id};
  if (node.isolate) { lines.emplace_back("own process"); }
  return lines;
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

std::string as_text(const CheckedPipeline& pipeline) {
  std::array<std::size_t, 3> widths{};
  for (const CheckedNode& node : pipeline.nodes) {
    widths[0] = std::max(widths[0], node.name.size());
    widths[1] = std::max(widths[1], node.facts->id.size());
  }
  std::string text = "runtime '" + pipeline.runtime.name + "', " + counted(pipeline.nodes.size(), "node") + ", " +
                     counted(pipeline.edges.size(), "route") + "\n\n";
  for (std::size_t i = 0; i < pipeline.nodes.size(); ++i) {
    const CheckedNode& node = pipeline.nodes[i];
    const std::string tail = node.isolate ? "own process" : "";
    text += padded(node.name, widths[0]) + "  " +
            (tail.empty() ? node.facts->id : padded(node.facts->id, widths[1]) + "  " + tail) + "\n";
    for (const Edge& edge : pipeline.edges) {
      if (edge.from != i) { continue; }
      text += "  -> " + padded(pipeline.nodes[edge.to].name, widths[0]) + "  " + joined(words_of(edge), ", ") + "\n";
    }
  }
  return text;
}

/// Names may hold what neither language takes for one.
std::string id_of(std::size_t pipeline, std::size_t node) {
  return "n" + std::to_string(pipeline) + "_" + std::to_string(node);
}

std::string as_dot(const CheckedPipeline& pipeline, std::size_t number) {
  std::string text =
      "  subgraph cluster_" + std::to_string(number) + " {\n    label = \"" + for_dot(pipeline.runtime.name) + "\"\n";
  for (std::size_t i = 0; i < pipeline.nodes.size(); ++i) {
    text += "    " + id_of(number, i) + " [label = \"" + joined(lines_of(pipeline.nodes[i]), "\\n", for_dot) + "\"" +
            (pipeline.nodes[i].isolate ? ", peripheries = 2" : "") + "]\n";
  }
  for (const Edge& edge : pipeline.edges) {
    const std::string style = edge.journal ? ", style = bold" : edge.spec.required ? "" : ", style = dashed";
    text += "    " + id_of(number, edge.from) + " -> " + id_of(number, edge.to) + " [label = \"" +
            joined(words_of(edge), "\\n", for_dot) + "\"" + style + "]\n";
  }
  return text + "  }\n";
}

std::string as_mermaid(const CheckedPipeline& pipeline, std::size_t number) {
  std::string text = "  subgraph p" + std::to_string(number) + "[\"" + for_mermaid(pipeline.runtime.name) + "\"]\n";
  for (std::size_t i = 0; i < pipeline.nodes.size(); ++i) {
    const bool is_isolated = pipeline.nodes[i].isolate;
    text += "    " + id_of(number, i) + (is_isolated ? "[[" : "[") + "\"" +
            joined(lines_of(pipeline.nodes[i]), "<br/>", for_mermaid) + "\"" + (is_isolated ? "]]" : "]") + "\n";
  }
  for (const Edge& edge : pipeline.edges) {
    const std::string arrow = edge.journal ? "==>" : edge.spec.required ? "-->" : "-.->";
    text += "    " + id_of(number, edge.from) + " " + arrow + "|\"" + joined(words_of(edge), "<br/>", for_mermaid) +
            "\"| " + id_of(number, edge.to) + "\n";
  }
  return text + "  end\n";
}

}  // namespace

std::vector<std::string> words_of(const Edge& edge) {
  const RouteSpec& spec = edge.spec;
  std::vector<std::string> words;
  if (!spec.filter.empty()) { words.push_back("filter " + spec.filter); }
  if (edge.journal) { words.push_back("durable, " + config::size_text(edge.journal->max_bytes)); }
  if (spec.limits.batch) {
    words.push_back("batch of " + std::to_string(spec.limits.batch->max_messages) + " within " +
                    config::duration_text(spec.limits.batch->within_ns));
  }
  const auto full = static_cast<std::size_t>(when_full_of(spec));
  words.emplace_back(config::find_key(config::route_keys(), "when_full")->words[full]);
  if (!spec.required) { words.emplace_back("not required"); }
  return words;
}

std::string graph(const std::vector<const CheckedPipeline*>& pipelines, GraphFormat format) {
  std::string text;
  for (std::size_t i = 0; i < pipelines.size(); ++i) {
    switch (format) {
      case GraphFormat::text:
        text += (i == 0 ? "" : "\n") + as_text(*pipelines[i]);
        break;
      case GraphFormat::mermaid:
        text += as_mermaid(*pipelines[i], i);
        break;
      case GraphFormat::dot:
        text += as_dot(*pipelines[i], i);
        break;
    }
  }
  if (format == GraphFormat::mermaid) { return "flowchart LR\n" + text; }
  if (format == GraphFormat::dot) { return "digraph culvert {\n  rankdir = LR\n  node [shape = box]\n" + text + "}\n"; }
  return text;
}

}  // namespace culvert
