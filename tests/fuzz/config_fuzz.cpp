// SPDX-License-Identifier: MIT
/// Fuzz target: any bytes as a configuration, as a duration and as a size.
#include "tests/fuzz/config_fuzz.hpp"

#include "core/config/pipeline.hpp"

#include <algorithm>
#include <cstdlib>

namespace {

using namespace culvert::config;

void require(bool claim) {
  if (!claim) { std::abort(); }
}

void check_problem(const Problem& problem, std::string_view text) {
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  require(problem.place.file == "fuzz.toml" && !problem.text.empty());
  require(problem.place.line <= lines && problem.place.column <= text.size() + 1);
  // Only what is wrong with the file as a whole has no line.
  require((problem.place.line == 0) == (problem.place.column == 0));
  require(problem.text.find('\0') == std::string::npos && problem.text.find('\n') == std::string::npos);
}

bool has_node(const Pipeline& pipeline, const Reference& reference) {
  return std::any_of(pipeline.nodes.begin(), pipeline.nodes.end(),
                     [&](const Node& node) { return node.name == reference.name; });
}

void check_whole(const Pipeline& pipeline) {
  require(is_name(pipeline.runtime.name) && pipeline.runtime.state_dir.starts_with('/'));
  require(pipeline.nodes.size() <= max_nodes && pipeline.routes.size() <= max_routes);
  for (const Node& node : pipeline.nodes) { require(is_name(node.name) && is_name(node.plugin)); }
  for (const Route& route : pipeline.routes) {
    require(has_node(pipeline, route.from) && !route.to.empty());
    for (const Reference& to : route.to) { require(has_node(pipeline, to)); }
    require(route.max_messages > 0 && route.max_bytes > 0 && route.linger_ns >= 0);
  }
}

}  // namespace

bool check_config(std::string_view text) {
  Problems problems;
  const Pipeline pipeline = load_text(text, "fuzz.toml", problems);
  for (const Problem& problem : problems.sorted()) { check_problem(problem, text); }
  if (!problems.has_errors()) { check_whole(pipeline); }
  require(parse_duration(text).value_or(0) >= 0 && parse_size(text).value_or(0) >= 0);
  return !problems.has_errors();
}

int fuzz_config(const uint8_t* data, std::size_t size) {
  check_config({reinterpret_cast<const char*>(data), size});
  return 0;
}
