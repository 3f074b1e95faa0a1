// SPDX-License-Identifier: MIT
#include "core/config/pipeline_reader.hpp"

#include "core/config/folders.hpp"
#include "core/config/isolate_reader.hpp"
#include "core/config/keys.hpp"
#include "core/config/table_reader.hpp"

#include <algorithm>
#include <set>

namespace culvert::config {
namespace {

void check_name(TableReader& reader, std::string_view what, const std::string& name, const Place& place) {
  if (is_name(name)) { return; }
  reader.error(place, std::string{what} + " " + quoted(name) +
                          " must start with a letter or digit and have at most 64 letters, digits, '_' and '-'");
}

/// The folder is the system's, and the name may be the host's: the place is what the file says of them.
void place_socket(Runtime& runtime, const Place& place, Problems& problems) {
  runtime.control_socket = control_socket(runtime_folders().front(), runtime.name);
  const std::size_t bytes = runtime.control_socket.size();
  if (bytes <= max_socket_path_bytes) { return; }
  problems.error(place, "runtime: 'name' makes the path of the control socket " + quoted(runtime.control_socket) + ' ' +
                            std::to_string(bytes) + " bytes long, at most " + std::to_string(max_socket_path_bytes) +
                            " are possible: use a shorter name, or a shorter runtime folder (RUNTIME_DIRECTORY)");
}

Runtime read_runtime(const Value* value, const Place& file, Problems& problems) {
  Runtime runtime;
  const Table nothing;
  const Table* table = value == nullptr ? &nothing : value->as<Table>();
  if (table == nullptr) {
    problems.error(value->place, "'runtime' must be a table: write [runtime]");
    table = &nothing;
  }
  TableReader reader{*table, runtime_keys(), "runtime", problems};
  if (const auto name = reader.text("name")) {
    runtime.name = name->name;
    check_name(reader, "name", name->name, name->place);
    if (is_name(runtime.name)) { place_socket(runtime, name->place, problems); }
  } else {
    runtime.name = default_name();
    place_socket(runtime, value == nullptr ? file : value->place, problems);
  }
  const auto state = reader.text("state_dir");
  runtime.state_dir = state ? absolute_from(state->name, state->place.file) : default_state_dir();
  for (const Reference& folder : reader.texts("plugin_path")) {
    runtime.plugin_path.push_back(absolute_from(folder.name, folder.place.file));
    runtime.plugin_path_places.push_back(folder.place);
  }
  runtime.log_level = reader.choice<LogLevel>("log_level").value_or(runtime.log_level);
  runtime.memory = reader.size("memory").value_or(runtime.memory);
  runtime.clock = reader.choice<ClockUse>("clock").value_or(runtime.clock);
  runtime.health_window_ns = reader.duration("health_window").value_or(runtime.health_window_ns);
  reader.finish();
  return runtime;
}

Node read_node(const Entry& entry, Problems& problems) {
  Node node;
  node.name = entry.key;
  node.place = entry.place;
  const Table nothing;
  const auto* table = entry.value.as<Table>();
  TableReader reader{table == nullptr ? nothing : *table, node_keys(), "node " + quoted(node.name), problems};
  check_name(reader, "the name", node.name, node.place);
  if (table == nullptr) {
    reader.error(entry.value.place,
                 "must be a table, got " + std::string{type_name(entry.value)} + ": write [node.NAME]");
    return node;
  }
  if (!reader.has("plugin")) { reader.error(node.place, "'plugin' is missing: name the plugin that the node runs"); }
  if (const auto plugin = reader.text("plugin")) {
    node.plugin = plugin->name;
    node.plugin_place = plugin->place;
    check_name(reader, "the plugin's name", plugin->name, plugin->place);
  }
  node.log_level = reader.choice<LogLevel>("log_level");
  read_isolate(reader, node, problems);
  node.on_failure = reader.choice<OnFailure>("on_failure").value_or(node.on_failure);
  node.hang_timeout_ns = reader.duration("hang_timeout").value_or(node.hang_timeout_ns);
  node.options = reader.rest();
  return node;
}

/// A limit of a batch, which is at most the queue's: else no batch would ever be full.
int64_t within_queue(TableReader& reader, const Value& batch, std::string_view key, std::optional<int64_t> given,
                     int64_t otherwise, std::string_view queue_key, int64_t queue) {
  if (given && *given > queue) {
    reader.error(batch.find(key)->place, quoted(key) + " must not be above 'max_" + std::string{queue_key} +
                                             "' of the route, which is " + std::to_string(queue) + ' ' +
                                             std::string{queue_key} + ", got " + std::to_string(*given));
  }
  return std::min(given.value_or(otherwise), queue);
}

std::optional<Batch> read_batch(const Value* value, const Route& route, Problems& problems) {
  if (value == nullptr) { return {}; }
  const auto* table = value->as<Table>();
  if (table == nullptr) {
    problems.error(value->place, "route: 'batch' must be a table such as { max = 100, within = \"1s\" }, got " +
                                     std::string{type_name(*value)});
    return {};
  }
  Batch batch;
  batch.place = value->place;
  TableReader reader{*table, find_key(route_keys(), "batch")->below, "route: 'batch'", problems};
  batch.max = within_queue(reader, *value, "max", reader.integer("max"), batch.max, "messages", route.max_messages);
  batch.within_ns = reader.duration("within").value_or(batch.within_ns);
  batch.max_bytes =
      within_queue(reader, *value, "max_bytes", reader.size("max_bytes"), batch.max_bytes, "bytes", route.max_bytes);
  reader.finish();
  return batch;
}

/// The keys of a journal are of use only with one.
std::optional<Durable> read_durable(TableReader& reader, const Value& route) {
  const bool is_durable = reader.boolean("durable").value_or(false);
  Durable durable;
  if (const Value* value = route.find("durable")) { durable.place = value->place; }
  durable.full_sync = reader.word("sync").value_or("full") == "full";
  durable.max_size = reader.size("max_size").value_or(durable.max_size);
  durable.drain = reader.choice<Drain>("drain").value_or(durable.drain);
  if (is_durable) { return durable; }
  for (const Key& key : route_keys()) {
    const Value* value = key.with == "durable" ? route.find(key.name) : nullptr;
    if (value != nullptr) { reader.error(value->place, quoted(key.name) + " is of use only with durable = true"); }
  }
  return {};
}

Route read_route(const Value& value, Problems& problems) {
  Route route;
  route.place = value.place;
  const auto* table = value.as<Table>();
  if (table == nullptr) {
    problems.error(value.place, "route: must be a table, got " + std::string{type_name(value)} + ": write [[route]]");
    return route;
  }
  TableReader reader{*table, route_keys(), "route", problems};
  if (!reader.has("from")) { reader.error(value.place, "'from' is missing: name the node that messages come from"); }
  if (!reader.has("to")) { reader.error(value.place, "'to' is missing: name the nodes that messages go to"); }
  route.from = reader.text("from").value_or(Reference{});
  route.to = reader.texts("to");
  route.filter = reader.text("filter");
  route.topic = reader.text("topic");
  route.encode = reader.text("encode");
  if (const auto qos = reader.integer("qos")) { route.qos = {*qos, value.find("qos")->place}; }
  if (const auto retain = reader.boolean("retain")) { route.retain = {*retain, value.find("retain")->place}; }
  route.required = reader.boolean("required").value_or(route.required);
  route.when_full = reader.choice<WhenFull>("when_full").value_or(route.when_full);
  route.max_messages = reader.integer("max_messages").value_or(route.max_messages);
  route.max_bytes = reader.size("max_bytes").value_or(route.max_bytes);
  if (const Value* linger = value.find("linger")) { route.linger_place = linger->place; }
  route.linger_ns = reader.duration("linger").value_or(route.linger_ns);
  route.ttl_ns = reader.duration("ttl").value_or(route.ttl_ns);
  route.durable = read_durable(reader, value);
  route.batch = read_batch(reader.take("batch"), route, problems);
  reader.finish();
  return route;
}

void read_nodes(const Value& value, Pipeline& pipeline, Problems& problems) {
  const auto* table = value.as<Table>();
  if (table == nullptr) {
    problems.error(value.place, "'node' must hold tables: write [node.NAME]");
    return;
  }
  for (const Entry& entry : *table) {
    if (pipeline.nodes.size() == max_nodes) {
      problems.error(entry.place, "there are more than " + std::to_string(max_nodes) + " nodes");
      return;
    }
    pipeline.nodes.push_back(read_node(entry, problems));
  }
}

// Each name in `to` is a queue of its own, so it counts as a route.
void read_routes(const Value& value, Pipeline& pipeline, Problems& problems) {
  const auto* list = value.as<List>();
  if (list == nullptr) {
    problems.error(value.place, "'route' must be a list of tables: write [[route]]");
    return;
  }
  size_t count = 0;
  for (const Value& element : *list) {
    Route route = read_route(element, problems);
    count += std::max<size_t>(1, route.to.size());
    if (count > max_routes) {
      problems.error(element.place,
                     "there are more than " + std::to_string(max_routes) + " routes, each name in 'to' being one");
      return;
    }
    pipeline.routes.push_back(std::move(route));
  }
}

}  // namespace

bool is_name(std::string_view text) noexcept {
  const auto is_alphanumeric = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  if (text.empty() || text.size() > max_name_bytes || !is_alphanumeric(text.front())) { return false; }
  for (const char c : text) {
    if (!is_alphanumeric(c) && c != '_' && c != '-') { return false; }
  }
  return true;
}

Pipeline read_pipeline(const Value& root, Problems& problems) {
  static const std::vector<std::string_view> known{"runtime", "node", "route"};
  Pipeline pipeline;
  pipeline.runtime = read_runtime(root.find("runtime"), {root.place.file, 0, 0}, problems);
  if (const Value* nodes = root.find("node")) { read_nodes(*nodes, pipeline, problems); }
  if (const Value* routes = root.find("route")) { read_routes(*routes, pipeline, problems); }
  isolate_by_environment(pipeline, problems);
  for (const Entry& entry : *root.as<Table>()) {
    if (std::find(known.begin(), known.end(), entry.key) == known.end()) {
      problems.error(entry.place, "unknown key " + quoted(entry.key) + suggestion(entry.key, known));
    }
  }
  return pipeline;
}

void check_references(const Pipeline& pipeline, Problems& problems) {
  // A configuration whose every route dangles shall not cost a search for each of its thousands of names.
  constexpr size_t max_suggestions = 32;
  std::vector<std::string_view> names;
  for (const Node& node : pipeline.nodes) { names.push_back(node.name); }
  const std::set<std::string_view> known{names.begin(), names.end()};
  size_t count = 0;
  const auto check = [&](std::string_view key, const Reference& reference) {
    if (reference.name.empty() || known.count(reference.name) != 0) { return; }
    const std::string hint = ++count <= max_suggestions ? suggestion(reference.name, names) : std::string{};
    problems.error(reference.place,
                   "route: " + quoted(key) + " names " + quoted(reference.name) + ", which is no node" + hint);
  };
  for (const Route& route : pipeline.routes) {
    check("from", route.from);
    for (const Reference& to : route.to) { check("to", to); }
  }
}

}  // namespace culvert::config
