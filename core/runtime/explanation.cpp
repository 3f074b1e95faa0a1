// SPDX-License-Identifier: MIT
#include "core/runtime/explanation.hpp"

#include "core/config/folders.hpp"
#include "core/config/keys.hpp"
#include "core/config/written.hpp"
#include "core/plugin/registry.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace culvert {
namespace {

using config::Key;
using config::KeyType;
using config::List;
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

/// One value or several, as a file may write them.
Explained of_elements(std::string key, std::vector<Explained> elements) {
  if (elements.size() == 1) {
    elements.front().key = std::move(key);
    return std::move(elements.front());
  }
  Explained made;
  made.key = std::move(key);
  made.elements = std::move(elements);
  return made;
}

/// `expanded` is `written` with its variables put in.
Explained from_file(const Key& key, const Value& written, const Value& expanded) {
  if (const auto* list = written.as<List>()) {
    std::vector<Explained> elements;
    for (std::size_t i = 0; i < list->size(); ++i) {
      elements.push_back(from_file(key, (*list)[i], expanded.as<List>()->at(i)));
    }
    return of_elements(std::string{key.name}, std::move(elements));
  }
  Value value = expanded;
  // What is read back may lie in another folder.
  if (key.type == KeyType::path) {
    value.data = config::absolute_from(*expanded.as<std::string>(), written.place.file);
  }
  return {std::string{key.name}, std::move(value), provenance_in_file(written)};
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
    } else if (given != nullptr) {
      table.values.push_back(from_file(key, *given, *expanded->find(key.name)));
    } else if (!key.otherwise.empty()) {
      const Value* with = key.with.empty() || expanded == nullptr ? nullptr : expanded->find(key.with);
      const bool is_of_use = key.with.empty() || (with != nullptr && *with->as<bool>());
      if (is_of_use) { table.values.push_back(from_host(key, typed(key, key.otherwise))); }
    }
  }
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
    add_keys(
        config::route_keys(), &written, &expanded, [](const Key&, const Value*) { return Explained{}; }, table);
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

Provenance provenance_in_file(const config::Value& written) {
  Provenance origin{From::file, written.place, {}, {}};
  if (const auto* text = written.as<std::string>()) { origin.variables = config::used_variables(*text); }
  return origin;
}

Explanation explain(const std::vector<std::string>& files, const config::Value& written,
                    const CheckedPipeline& checked) {
  return {files, checked.nodes.size(), checked.edges.size(), Explainer{written, checked}.run()};
}

}  // namespace culvert
