// SPDX-License-Identifier: MIT
#include "core/runtime/check_isolation.hpp"

#include <unistd.h>

#include <string>
#include <system_error>

namespace culvert {

std::optional<isolation::Identity> check_user(const config::Node& node, config::Problems& problems) {
  const auto& user = node.limits.user;
  if (!user) { return {}; }
  const auto error = [&](const std::string& why) {
    problems.error(user->place, "node " + config::quoted(node.name) + ": 'isolate': 'user' " + why);
  };
  if (const uid_t own = geteuid(); own != 0) {
    error("needs a runtime that root has started, this is user " + std::to_string(own));
    return {};
  }
  try {
    auto found = isolation::find_user(user->name);
    if (!found) { error("names " + config::quoted(user->name) + ", who is no user of this box"); }
    return found;
  } catch (const std::system_error& failure) { error(std::string{"can't be looked up: "} + failure.what()); }
  return {};
}

void check_files(const config::Node& node, std::size_t routes, config::Problems& problems) {
  // What the process has open by itself, and a few for its plugin.
  constexpr std::size_t own = 24;
  const auto& files = node.limits.files;
  if (!files || static_cast<std::size_t>(files->value) >= own + routes) { return; }
  problems.error(files->place, "node " + config::quoted(node.name) + ": 'isolate': 'files' must be at least " +
                                   std::to_string(own + routes) + " with " + std::to_string(routes) +
                                   " routes to the node, got " + std::to_string(files->value));
}

void check_node_program(const config::Pipeline& pipeline, const std::string& program, config::Problems& problems) {
  if (!program.empty()) { return; }
  for (const config::Node& node : pipeline.nodes) {
    if (!node.isolate) { continue; }
    problems.error(node.isolate_place, "node " + config::quoted(node.name) +
                                           ": 'isolate' needs the program 'culvert-node', which is not installed, or "
                                           "may not be executed: install it with 'culvert', or leave 'isolate' out");
  }
}

}  // namespace culvert
