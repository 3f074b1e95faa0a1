// SPDX-License-Identifier: MIT
#include "core/runtime/status_line.hpp"

#include "core/util/words.hpp"

#include <map>

namespace culvert {
namespace {

constexpr std::size_t most_names = 3;

std::string quoted(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t index = 0; index < names.size() && index < most_names; ++index) {
    text += (index == 0 ? "'" : ", '") + names[index] + '\'';
  }
  if (names.size() > most_names) { text += " and " + std::to_string(names.size() - most_names) + " more"; }
  return text;
}

}  // namespace

std::string status_line(const std::vector<std::pair<std::string, NodeState>>& nodes, std::size_t queued) {
  std::map<NodeState, std::vector<std::string>> by_state;
  for (const auto& [name, state] : nodes) { by_state[state].push_back(name); }
  std::string text =
      counted(nodes.size(), "node") + ": " + std::to_string(by_state[NodeState::running].size()) + " running";
  by_state.erase(NodeState::running);
  for (const auto& [state, names] : by_state) {
    text += ", " + std::to_string(names.size()) + ' ' + std::string{to_string(state)} + " (" + quoted(names) + ')';
  }
  if (queued > 0) { text += "; " + counted(queued, "message") + (queued == 1 ? " waits" : " wait"); }
  return text;
}

}  // namespace culvert
