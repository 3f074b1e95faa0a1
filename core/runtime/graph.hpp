// SPDX-License-Identifier: MIT
/// Pipelines as pictures: nodes with their plugins, routes with what they let through and what becomes of it. Any
/// thread.
#pragma once

#include "core/runtime/check.hpp"

#include <string>
#include <vector>

namespace culvert {

enum class GraphFormat {
  text,
  mermaid,  ///< a flowchart, as Markdown pages show it
  dot,      ///< the language of Graphviz
};

/// All of them in one picture, each in a frame of its own; they were checked and have no errors. Ends in a line feed.
std::string graph(const std::vector<const CheckedPipeline*>& pipelines, GraphFormat format);

/// What is to be known of a route, in words: "filter plant/+", "durable, 256MiB", "drop_oldest".
std::vector<std::string> words_of(const Edge& edge);

}  // namespace culvert
