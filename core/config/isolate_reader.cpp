// SPDX-License-Identifier: MIT
#include "core/config/isolate_reader.hpp"

#include "core/config/keys.hpp"

#include <cstdlib>
#include <string_view>

namespace culvert::config {
namespace {

void read_limits(const Value& isolate, const Table& table, Node& node, Problems& problems) {
  TableReader reader{table, find_key(node_keys(), "isolate")->below, "node " + quoted(node.name) + ": 'isolate'",
                     problems};
  node.limits.memory = reader.size("memory");
  if (const auto files = reader.integer("files")) { node.limits.files = {*files, isolate.find("files")->place}; }
  node.limits.cpu_ns = reader.duration("cpu");
  node.limits.user = reader.text("user");
  reader.finish();
}

}  // namespace

void read_isolate(TableReader& reader, Node& node, Problems& problems) {
  const Value* value = reader.take("isolate");
  node.isolate_place = value == nullptr ? node.place : value->place;
  if (value == nullptr) { return; }
  if (const auto* flag = value->as<bool>()) {
    node.isolate = *flag;
  } else if (const auto* table = value->as<Table>()) {
    node.isolate = true;
    read_limits(*value, *table, node, problems);
  } else {
    reader.error(value->place,
                 "'isolate' must be true, false or a table of limits such as { memory = \"64MiB\" }, got " +
                     std::string{type_name(*value)});
  }
}

void isolate_by_environment(Pipeline& pipeline, Problems& problems) {
  const char* wish = std::getenv("CULVERT_ISOLATE");
  if (wish == nullptr || *wish == '\0') { return; }
  if (std::string_view{wish} != "all") {
    problems.error({}, "environment: CULVERT_ISOLATE must be 'all' or not set, got " + quoted(wish));
    return;
  }
  for (Node& node : pipeline.nodes) { node.isolate = true; }
}

}  // namespace culvert::config
