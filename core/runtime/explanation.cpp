// SPDX-License-Identifier: MIT
#include "core/runtime/explanation.hpp"

#include "core/channel/when_full.hpp"
#include "core/config/folders.hpp"
#include "core/config/keys.hpp"
#include "core/config/written.hpp"
#include "core/plugin/registry.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

namespace culvert {
namespace {

using config::Key;
using config::KeyType;
using config::List;
using config::Table;
using config::Value;
using From = Provenance::From;

/// A default that the list of keys writes as a file would.
Value typed(const Key& key, std::string_view text) {
  if (key.type == KeyType::boolean) { return {{}, text == "true"}; }
  if (key.type == KeyType::integer) { return {{}, int64_t{std::stoll(std::string{text})}}; }
  return {{}, std::string{text}};
}

Explained from_host(const Key& key, Value value, std::string words = {}) {
  return {std::string{key.name}, std::move(value), {From::host, {}, {}, std::move(words)}};
}

Explained of_elements(std::string key, std::vector<Explained> elements) {
  Explained made;
  made.key = std::move(key);
  made.elements = std::move(elements);
  return made;
}

/// `expanded` is `written` with its variables put in.
Explained one_from_file(const Key& key, const Value& written, const Value& expanded) {
  Value value = expanded;
  // What is read back may lie in another folder.
  if (key.type == KeyType::path) {
    value.data = config::absolute_from(*expanded.as<std::string>(), written.place.file);
  }
  return explained_in_file(std::string{key.name}, std::move(value), written);
}

/// A key that takes a list takes one value alone as well.
Explained from_file(const Key& key, const Value& written, const Value& expanded) {
  if (!key.list) { return one_from_file(key, written, expanded); }
  std::vector<Explained> elements;
  const auto* list = written.as<List>();
  if (list == nullptr) { elements.push_back(one_from_file(key, written, expanded)); }
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    elements.push_back(one_from_file(key, (*list)[i], expanded.as<List>()->at(i)));
  }
  return of_elements(std::string{key.name}, std::move(elements));
}

/// Those of a table that stands for a value, such as `isolate = { memory = "32MiB" }`: each by its own name, so that it
/// has its own place.
void add_below(const Key& key, const Value& written, const Value& expanded, ExplainedTable& table) {
  for (const Key& below : key.below) {
    const Value* given = written.find(below.name);
    if (given == nullptr) { continue; }
    table.values.push_back(from_file(below, *given, *expanded.find(below.name)));
    table.values.back().key.insert(0, std::string{key.name} + '.');
  }
}

/// What a key has, given or not (null), where neither the file nor the list of keys says it; without a key: they do.
using Made = std::function<Explained(const Key&, const Value* given)>;

/// `written` and `expanded` may be null: no such table was given.
void add_keys(config::Keys keys, const Value* written, const Value* expanded, const Made& made, ExplainedTable& table) {
  for (const Key& key : keys) {
    const Value* given = written == nullptr ? nullptr : written->find(key.name);
    Explained own = made(key, expanded == nullptr ? nullptr : expanded->find(key.name));
    if (!own.key.empty()) {
      table.values.push_back(std::move(own));
    } else if (key.type == KeyType::table) {
      continue;
    } else if (given != nullptr && given->as<Table>() != nullptr && !given->as<Table>()->empty()) {
      add_below(key, *given, *expanded->find(key.name), table);
    } else if (given != nullptr) {
      table.values.push_back(from_file(key, *given, *expanded->find(key.name)));
    } else if (!key.otherwise.empty()) {
      const Value* with = key.with.empty() || expanded == nullptr ? nullptr : expanded->find(key.with);
      const bool is_of_use = key.with.empty() || (with != nullptr && *with->as<bool>());
      if (is_of_use) { table.values.push_back(from_host(key, typed(key, key.otherwise))); }
    }
  }
}

template <class Visit>
void for_each_value(std::vector<ExplainedTable>& tables, const Visit& visit) {
  for (ExplainedTable& table : tables) {
    for (Explained& value : table.values) {
      visit(value);
      for (Explained& element : value.elements) { visit(element); }
    }
  }
}

/// What other options make of a variable that a secret is made of is not shown either.
void hide_shared_secrets(std::vector<ExplainedTable>& tables) {
  std::set<std::string, std::less<>> secret;
  for_each_value(tables, [&](const Explained& value) {
    if (value.shown == Explained::Shown::value) { return; }
    if (const auto* place = value.value.as<Table>()) {
      // The variables of such a place are in its name, and no secrets; that which it names is one.
      if (place->front().key == "env") { secret.insert(*place->front().value.as<std::string>()); }
      return;
    }
    for (const config::UsedVariable& used : value.origin.variables) { secret.insert(used.name); }
  });
  for_each_value(tables, [&](Explained& value) {
    const bool is_place = value.shown == Explained::Shown::reference && value.value.as<Table>() != nullptr;
    if (value.shown != Explained::Shown::value && !is_place) { return; }
    for (const config::UsedVariable& used : value.origin.variables) {
      if (secret.find(used.name) == secret.end()) { continue; }
      if (is_place) { return mask(value); }
      if (value.shown == Explained::Shown::value) { value.value.data = value.written; }
      value.shown = Explained::Shown::reference;
      // The default may be the secret of a box that has no such variable.
      if (value.written.find("${" + used.name + ":-") != std::string::npos) { return mask(value); }
    }
  });
}

std::string_view level_word(config::LogLevel level) {
  return config::find_key(config::node_keys(), "log_level")->words[static_cast<std::size_t>(level)];
}

class Explainer {
 public:
  Explainer(const Value& written, const CheckedPipeline& checked)
      : written_{written}, expanded_{written}, checked_{checked} {
    config::Problems said;  // when the configuration was read
    config::expand_variables(expanded_, said);
  }

  std::vector<ExplainedTable> run() {
    add_runtime();
    for (const CheckedNode& node : checked_.nodes) { add_node(node); }
    if (const Value* routes = written_.find("route")) {
      for (std::size_t i = 0; i < routes->as<List>()->size(); ++i) { add_route(i); }
    }
    return std::move(tables_);
  }

 private:
  void add_runtime() {
    const config::Runtime& runtime = checked_.runtime;
    ExplainedTable& table = tables_.emplace_back(ExplainedTable{"runtime", "[runtime]", {}, {}});
    const auto made = [&](const Key& key, const Value* given) {
      const std::string words{key.in_words};
      if (given != nullptr) { return Explained{}; }
      if (key.name == "name") { return from_host(key, {{}, runtime.name}, words); }
      if (key.name == "state_dir") { return state_dir(key, runtime.state_dir); }
      if (key.name != "plugin_path") { return Explained{}; }
      std::vector<Explained> elements;
      for (const std::string& folder : plugin::default_plugin_path()) {
        elements.push_back(from_host(key, {{}, folder}, words));
      }
      return of_elements(std::string{key.name}, std::move(elements));
    };
    add_keys(config::runtime_keys(), written_.find("runtime"), expanded_.find("runtime"), made, table);
  }

  static Explained state_dir(const Key& key, const std::string& folder) {
    const std::string variable{config::state_dir_variable()};
    if (variable.empty()) { return from_host(key, {{}, folder}, std::string{key.in_words}); }
    return {std::string{key.name}, {{}, folder}, {From::environment, {}, {}, variable}};
  }

  void add_node(const CheckedNode& node) {
    const Value* written = written_.find("node")->find(node.name);
    const Value* expanded = expanded_.find("node")->find(node.name);
    const auto made = [&](const Key& key, const Value* given) {
      if (key.name == "log_level" && given == nullptr) {
        const std::string level{level_word(checked_.runtime.log_level)};
        return from_host(key, {{}, level}, std::string{key.in_words});
      }
      const bool is_off = given == nullptr || (given->as<bool>() != nullptr && !*given->as<bool>());
      if (key.name != "isolate" || !node.isolate || !is_off) { return Explained{}; }
      return Explained{"isolate", {{}, true}, {From::environment, {}, {}, "CULVERT_ISOLATE"}};
    };
    ExplainedTable table{"node." + node.name, "[node." + node.name + "]", {}, {}};
    add_keys(config::node_keys(), written, expanded, made, table);
    tables_.push_back(std::move(table));
    explain_options(node, *written, tables_);
  }

  void add_route(std::size_t index) {
    const Value& written = written_.find("route")->as<List>()->at(index);
    const Value& expanded = expanded_.find("route")->as<List>()->at(index);
    const auto* to = written.find("to")->as<List>();
    const std::size_t first = edge_;
    edge_ += to == nullptr ? 1 : to->size();
    const std::string path = "route[" + std::to_string(index) + "]";
    ExplainedTable table{path, "[[route]]", {}, {}};
    const RouteSpec& spec = checked_.edges.at(first).spec;
    const auto made = [&](const Key& key, const Value*) {
      const bool is_other = key.name == "when_full" && when_full_of(spec) != spec.limits.when_full;
      return is_other ? when_full(key, written.find(key.name), spec) : Explained{};
    };
    add_keys(config::route_keys(), &written, &expanded, made, table);
    for (std::size_t i = first; i < edge_ && written.find("encode") == nullptr; ++i) {
      const Edge& edge = checked_.edges.at(i);
      if (edge.spec.encoding != Encoding::json) { continue; }
      table.remarks.push_back("encode: json, made of records for '" + checked_.nodes[edge.to].name + "'");
    }
    tables_.push_back(std::move(table));
    if (const Value* batch = written.find("batch")) {
      add_batch(path, *batch, *expanded.find("batch"), *checked_.edges.at(first).spec.limits.batch);
    }
  }

  /// What holds instead of what is written, or of the default.
  static Explained when_full(const Key& key, const Value* written, const RouteSpec& spec) {
    Value value{{}, std::string{key.words[static_cast<std::size_t>(when_full_of(spec))]}};
    const std::string why = "that of a route with 'required = false'";
    if (written == nullptr) { return from_host(key, std::move(value), why); }
    Explained made = explained_in_file(std::string{key.name}, std::move(value), *written);
    made.origin.words = why;
    return made;
  }

  void add_batch(const std::string& route, const Value& written, const Value& expanded, const BatchLimits& limits) {
    const auto made = [&](const Key& key, const Value* given) {
      const bool is_max = key.name == "max", is_bytes = key.name == "max_bytes";
      if (given != nullptr || (!is_max && !is_bytes)) { return Explained{}; }
      const auto amount = static_cast<int64_t>(is_max ? limits.max_messages : limits.max_bytes);
      Value value{{}, amount};
      if (is_bytes) { value.data = config::size_text(amount); }
      const bool is_less = config::toml_text(value) != config::toml_text(typed(key, key.otherwise));
      const std::string queue = is_max ? "max_messages" : "max_bytes";
      return from_host(key, std::move(value), is_less ? "'" + queue + "' of the route" : "");
    };
    ExplainedTable table{route + ".batch", "[route.batch]", {}, {}};
    add_keys(config::find_key(config::route_keys(), "batch")->below, &written, &expanded, made, table);
    tables_.push_back(std::move(table));
  }

  const Value& written_;
  Value expanded_;
  const CheckedPipeline& checked_;
  std::vector<ExplainedTable> tables_;
  std::size_t edge_ = 0;  ///< of the next route
};

}  // namespace

Explained explained_in_file(std::string key, Value value, const Value& written) {
  Explained made{std::move(key), std::move(value), {From::file, written.place, {}, {}}};
  if (const auto* text = written.as<std::string>()) {
    made.written = *text;
    made.origin.variables = config::used_variables(*text);
  } else if (const auto* table = written.as<Table>()) {
    for (const config::Entry& entry : *table) {
      for (config::UsedVariable& used : explained_in_file({}, {}, entry.value).origin.variables) {
        made.origin.variables.push_back(std::move(used));
      }
    }
  }
  return made;
}

void mask(Explained& value, std::size_t asterisks) {
  value.value.data = std::string(asterisks, '*');
  value.shown = Explained::Shown::masked;
}

Explanation explain(const std::vector<std::string>& files, const config::Value& written,
                    const CheckedPipeline& checked) {
  Explanation made{files, checked.nodes.size(), checked.edges.size(), Explainer{written, checked}.run()};
  hide_shared_secrets(made.tables);
  return made;
}

}  // namespace culvert
