// SPDX-License-Identifier: MIT
#include "core/plugin/schema.hpp"

#include "core/config/problem.hpp"

#include <doctest/doctest.h>

using namespace culvert::plugin;
using Json = nlohmann::ordered_json;

namespace {

Facts facts(const std::string& options) {
  const std::string text = "id = 'demo'\nversion = '1'\nsummary = 'shows'\nroles = ['sink']\naccepts = ['payload']\n";
  culvert::config::Problems problems;
  auto made = parse_facts(text + options, "demo.so", problems);
  for (const auto& problem : problems.sorted()) { MESSAGE(to_string(problem)); }
  REQUIRE(made);
  return *made;
}

std::string option(const std::string& name, const std::string& keys) {
  return "[option.\"" + name + "\"]\nhelp = 'about " + name + "'\n" + keys + "\n";
}

Json value(const Facts& all, const std::string& name) { return schema_of(all, *all.find(name)); }

}  // namespace

TEST_CASE("schema: every option of a plugin, and each key of the host, is in it once, with what it is for") {
  const Facts all = facts(option("tls.ca", "type = 'path'") + option("qos", "type = 'integer'\nmin = 0\nmax = 2") +
                          option("list", "type = 'filter'\nlist = true\nshort_for = 'topic'") +
                          option("list[].topic", "type = 'filter'\nrequired = true"));
  const Json made = schema({&all});
  const Json& plugin = made["definitions"]["plugin_demo"];
  CHECK(plugin["properties"]["tls"]["properties"]["ca"]["description"] == "About tls.ca.");
  CHECK(plugin["properties"]["qos"]["description"] == "About qos. From 0 to 2.");
  CHECK(plugin["properties"]["list"]["properties"]["topic"]["description"] == "About list[].topic.");
  CHECK(plugin["properties"]["list"]["items"]["properties"].contains("topic"));
  CHECK(plugin["properties"]["list"]["items"]["required"] == Json::array({"topic"}));
  CHECK(plugin["properties"].size() == 3 + culvert::config::node_keys().size());
  for (const auto& [section, keys] :
       {std::pair{"runtime", culvert::config::runtime_keys()}, std::pair{"route", culvert::config::route_keys()}}) {
    const Json& table = made["properties"][section];
    const Json& properties = table.contains("items") ? table["items"]["properties"] : table["properties"];
    CHECK(properties.size() == keys.size());
    for (const auto& key : keys) {
      CHECK(properties[std::string{key.name}]["description"].get<std::string>().size() > key.help.size());
    }
  }
  const Json& node = made["definitions"]["node"];
  CHECK(node["properties"].size() == culvert::config::node_keys().size());
  CHECK(node["properties"]["plugin"]["anyOf"][0]["enum"] == Json::array({"demo"}));
  CHECK_FALSE(node.contains("additionalProperties"));
}

TEST_CASE("schema: defaults, ranges, units and examples of options are in it, as JSON has them") {
  const Facts all = facts(option("a", "type = 'integer'\nmin = 1\nmax = 9\ndefault = 3\nexample = 4\nunit = 's'") +
                          option("b", "type = 'bool'\ndefault = true") +
                          option("c", "type = 'duration'\nmin = '1s'\nmax = '1h'\ndefault = '5s'") +
                          option("d", "type = 'number'\nmin = 0.5") + option("e", "type = 'string'\nmin = 3\nmax = 8") +
                          option("f", "type = 'choice'\nvalues = ['x', 'y.z']\ndefault = 'x'"));
  CHECK(value(all, "a") ==
        Json::parse(R"({"description": "About a. From 1 to 9 s.", "default": 3, "examples": [4], "type": "integer",
                        "minimum": 1, "maximum": 9})"));
  CHECK(value(all, "b")["default"] == true);
  CHECK(value(all, "c")["description"] == "About c. From 1s to 1h.");
  CHECK(value(all, "c")["default"] == "5s");
  CHECK(value(all, "d")["minimum"] == 0.5);
  // Characters may have several bytes each, and a variable stands for a text of any length.
  CHECK(value(all, "e")["minLength"] == 1);
  CHECK(value(all, "e")["anyOf"] == Json::parse(R"([{"maxLength": 8}, {"pattern": "[$][{$]"}])"));
  CHECK(value(all, "f")["pattern"] == "^(?:x|y\\.z)$|[$][{$]");
}

TEST_CASE("schema: a list is one value or several, each with the same rules") {
  const Facts all = facts(option("a",
                                 "type = 'string'\npattern = '[a-z]+'\nwish = 'letters'\nlist = true\n"
                                 "distinct = true"));
  const Json made = value(all, "a");
  CHECK(made["description"] == "About a. Letters.");
  CHECK(made["type"] == Json::array({"string", "array"}));
  CHECK(made["items"] == Json::parse(R"({"type": "string", "pattern": "^(?:[a-z]+)$|[$][{$]"})"));
  CHECK(made["pattern"] == made["items"]["pattern"]);
  CHECK(made["minItems"] == 1);
  CHECK(made["maxItems"] == 1024);
  CHECK(made["uniqueItems"] == true);
}

TEST_CASE("schema: a secret is a text or one of the three places where it may be") {
  const Json made = value(facts(option("a", "type = 'secret'")), "a");
  CHECK(made["type"] == Json::array({"string", "object"}));
  CHECK(made["properties"].size() == 3);
  CHECK(made["minProperties"] == 1);
  CHECK(made["maxProperties"] == 1);
  CHECK(made["additionalProperties"] == false);
}

TEST_CASE("schema: what options say of each other is in it as far as the file shows it") {
  const Facts all = facts(
      option("kind", "type = 'choice'\nvalues = ['file', 'sine']\ndefault = 'file'") +
      option("read", "type = 'path'\nrequired = true\nwhen = 'kind=file'") + option("a.b", "type = 'string'") +
      option("a.c", "type = 'string'\nneeds_option = 'a.b'") + option("d", "type = 'string'\nneeds_option = 'kind'") +
      option("e", "type = 'string'\nwhen = '!a.b'") + option("f", "type = 'string'\nwhen = 'read~^x'"));
  const Json made = schema_of_conditions(all, "");
  CHECK(made == Json::parse(R"([
    {"if": {"required": ["read"]},
     "then": {"properties": {"kind": {"anyOf": [{"enum": ["file"]}, {"pattern": "[$][{$]", "type": "string"}]}}}},
    {"if": {"properties": {"kind": {"enum": ["file"]}}}, "then": {"required": ["read"]}},
    {"if": {"properties": {"a": {"required": ["c"]}}, "required": ["a"]},
     "then": {"properties": {"a": {"required": ["b"]}}, "required": ["a"]}},
    {"if": {"required": ["e"]},
     "then": {"not": {"properties": {"a": {"required": ["b"]}}, "required": ["a"]}}}])"));
}
