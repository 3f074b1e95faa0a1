// SPDX-License-Identifier: MIT
#include "core/runtime/check_unique.hpp"

#include "core/plugin/rules.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace culvert {
namespace {

using config::quoted;

using Values = std::vector<std::string>;

/// A node that has a value, and what it has of the options that must be equal for it to matter.
struct Holder {
  std::size_t node;
  std::vector<Values> others;
};

Values values_of(const CheckedNode& node, const plugin::Option& option) {
  Values values;
  for (const std::string& key : node.settings.keys(option.list ? option.name + "[]" : option.name)) {
    values.push_back(*node.settings.find(key));
  }
  return values;
}

Holder holder_of(std::size_t index, const CheckedNode& node, const plugin::Option& option) {
  Holder made{index, {}};
  for (const std::string& name : option.unique_with) {
    made.others.push_back(values_of(node, *node.facts->find(name)));
  }
  return made;
}

/// Whether both have the same value, or lists with one in common, or none.
bool share(const Values& ours, const Values& theirs) {
  if (ours.empty() && theirs.empty()) { return true; }
  return std::any_of(ours.begin(), ours.end(), [&](const std::string& value) {
    return std::find(theirs.begin(), theirs.end(), value) != theirs.end();
  });
}

/// Where an option of a node is given, else the node.
config::Place place_of(const config::Node& node, const plugin::Option& option) {
  return plugin::place_of({{option.name, {}, {}}}, node);
}

void warn(const config::Node& first, const config::Node& second, const plugin::Option& option, const std::string& value,
          config::Problems& problems) {
  problems.warning(place_of(second, option),
                   "node " + quoted(second.name) + ": option " + quoted(option.name) + " is " + quoted(value) +
                       ", as that of node " + quoted(first.name) + " at " + config::to_string(place_of(first, option)) +
                       " with the same " + quoted(option.unique_with.front()) + ": the two would be taken for one");
}

}  // namespace

void check_unique(const config::Pipeline& pipeline, const CheckedPipeline& checked, config::Problems& problems) {
  // By plugin, option and value: who had it before.
  std::map<std::pair<const plugin::Option*, std::string>, std::vector<Holder>> seen;
  for (std::size_t node = 0; node < checked.nodes.size(); ++node) {
    const CheckedNode& made = checked.nodes[node];
    if (made.facts == nullptr) { continue; }
    for (const plugin::Option& option : made.facts->options) {
      const std::string* value = option.unique_with.empty() ? nullptr : made.settings.find(option.name);
      if (value == nullptr) { continue; }
      std::vector<Holder>& before = seen[{&option, *value}];
      const Holder own = holder_of(node, made, option);
      const auto same = std::find_if(before.begin(), before.end(), [&](const Holder& other) {
        return std::equal(own.others.begin(), own.others.end(), other.others.begin(), share);
      });
      if (same != before.end()) { warn(pipeline.nodes[same->node], pipeline.nodes[node], option, *value, problems); }
      before.push_back(own);
    }
  }
}

}  // namespace culvert
