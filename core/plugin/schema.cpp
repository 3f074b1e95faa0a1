// SPDX-License-Identifier: MIT
#include "core/plugin/schema.hpp"

#include "core/config/pipeline.hpp"
#include "core/config/value.hpp"
#include "core/plugin/schema_patterns.hpp"

#include <algorithm>

namespace culvert::plugin {
namespace {

using Json = nlohmann::ordered_json;

const std::string node_keys_pointer = "#/definitions/node/properties/";

Json plugin_reference(const Facts& facts) {
  Json made;
  made["$ref"] = "#/definitions/plugin_" + facts.id;
  return made;
}

/// A node of any plugin. What belongs to which plugin is in conditions, which editors do not look into: so each plugin
/// is named a second time, beside a way that is always open.
Json node(const std::vector<const Facts*>& plugins) {
  Json made = schema_of_keys(config::node_keys());
  // Plugins of other makers are none of ours to know.
  made.erase("additionalProperties");
  Json names = Json::array(), any = Json::array({Json::object()}), conditions = Json::array();
  for (const Facts* facts : plugins) {
    names.push_back(facts->id);
    any.push_back(plugin_reference(*facts));
    Json condition;
    condition["if"]["properties"]["plugin"]["const"] = facts->id;
    condition["if"]["required"] = Json::array({"plugin"});
    condition["then"] = plugin_reference(*facts);
    conditions.push_back(condition);
  }
  if (plugins.empty()) { return made; }
  propose(made["properties"]["plugin"], names);
  made["anyOf"] = any;
  made["allOf"] = conditions;
  return made;
}

}  // namespace

std::string sentences(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) {
    if (part.empty()) { continue; }
    std::string sentence = part;
    if (sentence.front() >= 'a' && sentence.front() <= 'z') {
      sentence.front() = static_cast<char>(sentence.front() - 'a' + 'A');
    }
    text += (text.empty() ? "" : " ") + sentence + '.';
  }
  return text;
}

void propose(Json& value, const Json& words) {
  Json one;
  one["enum"] = words;
  value["anyOf"] = Json::array({one, Json::object()});
}

// Words of JSON Schema that are for texts say nothing of lists, and the other way round: so both stand side by side,
// and an error names the value and not the whole choice.
Json schema_of_list(Json one, bool distinct) {
  Json made;
  for (const char* words : {"description", "default", "examples"}) {
    if (!one.contains(words)) { continue; }
    made[words] = one[words];
    one.erase(words);
  }
  Json type = one["type"].is_array() ? one["type"] : Json::array({one["type"]});
  type.push_back("array");
  const Json items = one;
  one["type"] = type;
  made.update(one);
  made["items"] = items;
  made["minItems"] = 1;
  if (distinct) { made["uniqueItems"] = true; }
  return made;
}

Json schema(const std::vector<const Facts*>& plugins) {
  Json made;
  made["$schema"] = "http://json-schema.org/draft-07/schema#";
  made["title"] = "A pipeline of Culvert";
  made["description"] = "Made by 'culvert schema'; 'culvert check' finds more.";
  made["type"] = "object";
  made["additionalProperties"] = false;
  Json& top = made["properties"];
  top["runtime"] = schema_of_keys(config::runtime_keys());
  top["runtime"]["description"] = "What holds for the whole pipeline.";
  top["node"]["description"] = "The nodes by name: a table [node.NAME] for each.";
  top["node"]["type"] = "object";
  top["node"]["maxProperties"] = config::max_nodes;
  top["node"]["patternProperties"]["^" + name_pattern() + "$"]["$ref"] = "#/definitions/node";
  top["node"]["additionalProperties"] = false;
  top["route"]["description"] = "The routes between them: a [[route]] for each.";
  top["route"]["type"] = "array";
  top["route"]["maxItems"] = config::max_routes;
  top["route"]["items"] = schema_of_keys(config::route_keys());
  Json& definitions = made["definitions"];
  definitions["node"] = node(plugins);
  for (const Facts* facts : plugins) { definitions["plugin_" + facts->id] = schema_of(*facts, node_keys_pointer); }
  return made;
}

}  // namespace culvert::plugin
