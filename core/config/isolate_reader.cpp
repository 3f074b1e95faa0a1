// SPDX-License-Identifier: MIT
#include "core/config/isolate_reader.hpp"

#include <cstdlib>
#include <string_view>

namespace culvert::config {
namespace {

// The lower ends are what `culvert-node` takes by itself, with room for a small plugin.
constexpr Range memory_range{"16MiB", "1TiB", "MiB"};
constexpr Range cpu_range{"100ms", "1h", "s"};
constexpr int64_t fewest_files = 32, most_files = 1 << 20;

void read_limits(const Value& isolate, const Table& table, Node& node, Problems& problems) {
  TableReader reader{table, "node " + quoted(node.name) + ": 'isolate'", problems};
  node.limits.memory = reader.size("memory", memory_range);
  if (const auto files = reader.integer("files", fewest_files, most_files)) {
    node.limits.files = {*files, isolate.find("files")->place};
  }
  node.limits.cpu_ns = reader.duration("cpu", cpu_range);
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
