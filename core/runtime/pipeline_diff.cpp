// SPDX-License-Identifier: MIT
#include "core/runtime/pipeline_diff.hpp"

#include <algorithm>
#include <utility>

namespace culvert {
namespace {

template <class Items, class Name>
auto find_named(const Items& items, const std::string& name, Name name_of) {
  return std::find_if(items.begin(), items.end(), [&](const auto& one) { return name_of(one) == name; });
}

const std::string& node_name(const CheckedNode& node) { return node.name; }
const std::string& edge_name(const Edge& edge) { return edge.spec.name; }

/// Whether their processes may use as much.
bool is_held_alike(const CheckedNode& one, const CheckedNode& other) {
  const auto files = [](const CheckedNode& node) { return node.limits.files ? node.limits.files->value : 0; };
  return one.limits.memory == other.limits.memory && one.limits.cpu_ns == other.limits.cpu_ns &&
         files(one) == files(other);
}

Difference compare_nodes(const CheckedNode& old, const CheckedNode& fresh) {
  Difference found{fresh.name, Fate::unchanged, {}};
  const auto note = [&](bool differs, const char* what) {
    if (!differs) { return; }
    found.fate = Fate::changed;
    found.what.emplace_back(what);
  };
  note(old.facts->id != fresh.facts->id, "plugin");
  note(old.isolate != fresh.isolate || !is_held_alike(old, fresh) || old.user != fresh.user, "isolate");
  note(old.on_failure != fresh.on_failure, "on_failure");
  note(old.hang_timeout_ns != fresh.hang_timeout_ns, "hang_timeout");
  const bool is_other_file = old.file != fresh.file || (fresh.isolate && old.stamp != fresh.stamp);
  note(old.facts->id == fresh.facts->id && is_other_file, "its plugin's file");
  // Options of another plugin are others.
  if (old.facts->id != fresh.facts->id) { return found; }
  const std::vector<std::string> keys = old.settings.differences(fresh.settings);
  const bool is_live = !fresh.isolate && std::all_of(keys.begin(), keys.end(),
                                                     [&](const auto& key) { return fresh.facts->is_live(key); });
  if (!keys.empty() && found.fate == Fate::unchanged) { found.fate = is_live ? Fate::retuned : Fate::changed; }
  found.what.insert(found.what.end(), keys.begin(), keys.end());
  if (found.fate == Fate::unchanged && old.log_level != fresh.log_level) {
    found.fate = Fate::retuned;
    found.what.emplace_back("log_level");
  }
  return found;
}

Difference compare_routes(const Edge& old, const Edge& fresh) {
  Difference found{fresh.spec.name, Fate::unchanged, {}};
  const auto note = [&](bool differs, const char* what) {
    if (differs) { found.what.emplace_back(what); }
  };
  const RouteSpec &was = old.spec, &is = fresh.spec;
  const OutletLimits &had = was.limits, &has = is.limits;
  note(was.filter != is.filter, "filter");
  note(was.topic != is.topic, "topic");
  note(was.encoding != is.encoding || was.pattern != is.pattern, "encode");
  note(was.properties != is.properties, "qos or retain");
  note(was.required != is.required, "required");
  note(had.when_full != has.when_full, "when_full");
  note(had.max_messages != has.max_messages, "max_messages");
  note(had.max_bytes != has.max_bytes, "max_bytes");
  note(had.linger_ns != has.linger_ns, "linger");
  note(had.ttl_ns != has.ttl_ns, "ttl");
  note(had.batch != has.batch, "batch");
  note(old.journal.has_value() != fresh.journal.has_value(), "durable");
  note(had.newest_first != has.newest_first, "drain");
  if (old.journal && fresh.journal) {
    note(old.journal->full_sync != fresh.journal->full_sync, "sync");
    note(old.journal->max_bytes != fresh.journal->max_bytes, "max_size");
  }
  if (!found.what.empty()) { found.fate = needs_refit(old, fresh) ? Fate::changed : Fate::retuned; }
  return found;
}

template <class Items, class Name, class Compare>
std::vector<Difference> compare(const Items& old, const Items& fresh, Name name_of, Compare compare_two) {
  std::vector<Difference> found;
  for (const auto& one : fresh) {
    const auto before = find_named(old, name_of(one), name_of);
    found.push_back(before == old.end() ? Difference{name_of(one), Fate::added, {}} : compare_two(*before, one));
  }
  for (const auto& one : old) {
    if (find_named(fresh, name_of(one), name_of) == fresh.end()) { found.push_back({name_of(one), Fate::removed, {}}); }
  }
  return found;
}

void compare_runtime(const config::Runtime& old, const config::Runtime& fresh, PipelineDiff& diff) {
  const auto note = [&](bool differs, const char* key, bool is_fixed) {
    if (!differs) { return; }
    diff.runtime.emplace_back(key);
    if (is_fixed) { diff.fixed.emplace_back(key); }
  };
  note(old.name != fresh.name, "name", true);
  note(old.state_dir != fresh.state_dir, "state_dir", true);
  note(old.clock != fresh.clock, "clock", true);
  note(old.plugin_path != fresh.plugin_path, "plugin_path", false);
  note(old.log_level != fresh.log_level, "log_level", false);
  note(old.memory != fresh.memory, "memory", false);
  note(old.health_window_ns != fresh.health_window_ns, "health_window", false);
}

}  // namespace

bool PipelineDiff::is_empty() const noexcept {
  const auto is_same = [](const Difference& one) { return one.fate == Fate::unchanged; };
  return runtime.empty() && std::all_of(nodes.begin(), nodes.end(), is_same) &&
         std::all_of(routes.begin(), routes.end(), is_same);
}

bool needs_refit(const Edge& old, const Edge& fresh) noexcept {
  return old.journal != fresh.journal || old.spec.limits.newest_first != fresh.spec.limits.newest_first;
}

void renew(PipelineDiff& diff, const std::string& node, const std::string& why) {
  const auto found =
      std::find_if(diff.nodes.begin(), diff.nodes.end(), [&](const Difference& one) { return one.name == node; });
  if (found == diff.nodes.end() || (found->fate != Fate::unchanged && found->fate != Fate::retuned)) { return; }
  found->fate = Fate::changed;
  found->what.push_back(why);
}

PipelineDiff difference(const CheckedPipeline& old, const CheckedPipeline& fresh) {
  PipelineDiff diff;
  compare_runtime(old.runtime, fresh.runtime, diff);
  diff.nodes = compare(old.nodes, fresh.nodes, node_name, compare_nodes);
  diff.routes = compare(old.edges, fresh.edges, edge_name, compare_routes);
  for (const Difference& route : diff.routes) {
    if (route.fate == Fate::unchanged || route.fate == Fate::retuned) { continue; }
    const bool is_gone = route.fate == Fate::removed;
    const CheckedPipeline& of = is_gone ? old : fresh;
    const Edge& edge = *find_named(of.edges, route.name, edge_name);
    const CheckedNode &from = of.nodes[edge.from], &to = of.nodes[edge.to];
    // A process is told of its routes at its start.
    if (to.isolate) { renew(diff, to.name, "routes that lead to it"); }
    if (route.fate == Fate::changed) { renew(diff, from.name, "the journal of a route that leaves it"); }
  }
  return diff;
}

}  // namespace culvert
