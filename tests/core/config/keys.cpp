// SPDX-License-Identifier: MIT
#include "core/config/keys.hpp"

#include "core/config/pipeline.hpp"
#include "core/config/table_reader.hpp"
#include "tests/core/config/support.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <stdexcept>

using namespace culvert::config;

namespace {

struct Section {
  std::string name;
  Keys keys;
  std::string inline_table = {};  ///< the key of that section which holds these keys
};

const std::vector<Section>& sections() {
  static const std::vector<Section> all = [] {
    std::vector<Section> made{{"runtime", runtime_keys()}, {"node", node_keys()}, {"route", route_keys()}};
    for (const Section& outer : std::vector<Section>{made}) {
      for (const Key& key : outer.keys) {
        if (!key.below.empty()) { made.push_back({outer.name, key.below, std::string{key.name}}); }
      }
    }
    return made;
  }();
  return all;
}

/// A pipeline whose section has the line for that key, beside what it must have.
std::string with(const Section& section, const Key& key, const std::string& line) {
  const bool is_inline = !section.inline_table.empty();
  const std::string own = is_inline          ? section.inline_table + " = { " + line + " }"
                          : key.with.empty() ? line
                                             : std::string{key.with} + " = true\n" + line;
  const auto in = [&](const std::string& name, std::initializer_list<std::string_view> needed) {
    std::string text;
    for (const std::string_view one : needed) {
      const bool is_key = !is_inline && name == section.name && one.starts_with(std::string{key.name} + " ");
      if (!is_key) { text += std::string{one} + "\n"; }
    }
    return name == section.name ? text + own + "\n" : text;
  };
  return "[node.a]\nplugin = 'p'\n[runtime]\n" + in("runtime", {}) + "[node.b]\n" + in("node", {"plugin = 'p'"}) +
         "[[route]]\n" + in("route", {"from = 'a'", "to = 'b'"});
}

/// As a file has it.
std::string written(const Key& key, std::string_view value) {
  const bool is_bare = key.type == KeyType::boolean || key.type == KeyType::integer;
  const std::string quote = is_bare ? "" : "'";
  return std::string{key.name} + " = " + quote + std::string{value} + quote;
}

/// Everything that was read, but for places and what is not given.
std::string dump(const std::string& text) {
  Problems problems;
  const Pipeline all = load_text(text, "edge.toml", problems);
  INFO(text);
  REQUIRE(lines(problems).empty());
  const Node& node = all.nodes.at(1);
  const Route& route = all.routes.at(0);
  std::ostringstream out;
  out << static_cast<int>(all.runtime.log_level) << ' ' << all.runtime.memory << ' '
      << static_cast<int>(all.runtime.clock) << ' ' << all.runtime.health_window_ns << '\n';
  out << node.isolate << ' ' << static_cast<int>(node.on_failure) << ' ' << node.hang_timeout_ns << '\n';
  out << route.required << ' ' << static_cast<int>(route.when_full) << ' ' << route.max_messages << ' '
      << route.max_bytes << ' ' << route.linger_ns << ' ' << route.durable.has_value() << '\n';
  if (route.durable) {
    out << route.durable->full_sync << ' ' << route.durable->max_size << ' ' << static_cast<int>(route.durable->drain);
  }
  if (route.batch) { out << route.batch->max << ' ' << route.batch->within_ns << ' ' << route.batch->max_bytes; }
  return out.str();
}

std::string another(const Key& key) {
  if (key.type == KeyType::boolean) { return key.otherwise == "true" ? "false" : "true"; }
  if (key.type == KeyType::choice) { return std::string{key.words[key.words[0] == key.otherwise ? 1 : 0]}; }
  return std::string{key.range.max};
}

}  // namespace

TEST_CASE("keys: each key of the list is read: a value of a wrong type is said at its place") {
  for (const Section& section : sections()) {
    for (const Key& key : section.keys) {
      const std::string text = with(section, key, std::string{key.name} + " = 1979-05-27");
      Problems problems;
      load_text(text, "edge.toml", problems);
      const std::string said = lines(problems);
      INFO(text, said);
      CHECK(said.find("'" + std::string{key.name} + "' must be ") != std::string::npos);
      CHECK(said.find("got date") != std::string::npos);
    }
  }
}

TEST_CASE("keys: a key that is in no list cannot be read") {
  Problems problems;
  const Table none;
  TableReader reader{none, runtime_keys(), "runtime", problems};
  CHECK_THROWS_AS(reader.text("nmae"), std::logic_error);
  CHECK_THROWS_AS(reader.boolean("plugin"), std::logic_error);
}

TEST_CASE("keys: the default in the list is what a file without the key has, and another value is another") {
  std::size_t count = 0;
  for (const Section& section : sections()) {
    for (const Key& key : section.keys) {
      if (key.otherwise.empty()) { continue; }
      ++count;
      INFO(section.name, " ", key.name);
      const std::string without = dump(with(section, key, ""));
      CHECK(dump(with(section, key, written(key, key.otherwise))) == without);
      CHECK(dump(with(section, key, written(key, another(key)))) != without);
    }
  }
  CHECK(count >= 18);
  CHECK(sections().size() == 5);
}

TEST_CASE("keys: each says what it is for, and what it is when it is not given") {
  for (const Section& section : sections()) {
    for (const Key& key : section.keys) {
      INFO(section.name, " ", key.name);
      CHECK_FALSE(key.help.empty());
      CHECK(key.required != (!key.otherwise.empty() || !key.in_words.empty()));
      CHECK((key.type == KeyType::choice) == !key.words.empty());
      if (key.type == KeyType::table) { CHECK_FALSE(key.below.empty()); }
      const bool has_range = key.type == KeyType::duration || key.type == KeyType::integer || key.type == KeyType::size;
      CHECK(has_range == !key.range.max.empty());
      if (!key.with.empty()) { CHECK(find_key(section.keys, key.with) != nullptr); }
    }
  }
}
