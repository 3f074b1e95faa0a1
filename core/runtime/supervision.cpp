// SPDX-License-Identifier: MIT
// What a pipeline makes of nodes that fail, or do not return.
#include "core/runtime/pipeline.hpp"

#include <algorithm>

namespace culvert {

bool Pipeline::has_sink() const {
  for (std::size_t index = 0; index < nodes_.size(); ++index) {
    if (takes_[index] && !nodes_[index]->is_gone()) { return true; }
  }
  return false;
}

const HostedNode* Pipeline::fatal() const {
  const auto found = std::find_if(nodes_.begin(), nodes_.end(), [](const auto& node) {
    return node->is_gone() && node->on_failure() == OnFailure::fail;
  });
  return found == nodes_.end() ? nullptr : found->get();
}

void Pipeline::watch_calls(int64_t now_ns) {
  for (auto& node : nodes_) { node->watch_call(now_ns); }
}

// By node: whether what it is sent may never end. What a transform has turned into messages for one that is gone waits
// with them.
std::vector<bool> Pipeline::gone() const {
  std::vector<bool> gone;
  for (const auto& node : nodes_) { gone.push_back(node->is_gone()); }
  for (bool is_new = true; is_new;) {
    is_new = false;
    for (const Joint& joint : joints_) {
      if (!gone[joint.to] || gone[joint.from] || !nodes_[joint.from]->is_transform()) { continue; }
      gone[joint.from] = is_new = true;
    }
  }
  return gone;
}

bool Pipeline::is_done() const {
  if (!is_through()) { return false; }
  const std::vector<bool> lost = gone();
  if (std::find(lost.begin(), lost.end(), true) == lost.end()) { return unsettled() == 0; }
  return std::all_of(joints_.begin(), joints_.end(), [&](const Joint& joint) {
    return lost[joint.to] || nodes_[joint.from]->fanout().outlet_unsettled(joint.route) == 0;
  });
}

}  // namespace culvert
