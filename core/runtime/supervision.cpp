// SPDX-License-Identifier: MIT
// What a pipeline makes of nodes that fail, or do not return.
#include "core/runtime/pipeline.hpp"

#include <algorithm>

namespace culvert {

bool Pipeline::has_sink() const {
  return std::any_of(stations_.begin(), stations_.end(),
                     [](const auto& station) { return station->takes && !station->node->is_gone(); });
}

const HostedNode* Pipeline::fatal() const {
  const auto found = std::find_if(stations_.begin(), stations_.end(), [](const auto& station) {
    return station->node->is_gone() && station->node->on_failure() == OnFailure::fail;
  });
  return found == stations_.end() ? nullptr : (*found)->node.get();
}

void Pipeline::watch_calls(int64_t now_ns) {
  for (auto& station : stations_) { station->node->watch_call(now_ns); }
}

// Those that may never end what they are sent. What a transform has turned into messages for one that is gone waits
// with them.
std::vector<const Station*> Pipeline::gone() const {
  std::vector<const Station*> gone;
  const auto is_gone = [&](const Station* one) { return std::find(gone.begin(), gone.end(), one) != gone.end(); };
  for (const auto& station : stations_) {
    if (station->node->is_gone()) { gone.push_back(station.get()); }
  }
  for (bool is_new = true; is_new;) {
    is_new = false;
    for (const Joint& joint : joints_) {
      if (!is_gone(joint.to) || is_gone(joint.from) || !joint.from->node->is_transform()) { continue; }
      gone.push_back(joint.from);
      is_new = true;
    }
  }
  return gone;
}

bool Pipeline::is_done() const {
  if (!is_through()) { return false; }
  const std::vector<const Station*> lost = gone();
  if (lost.empty()) { return unsettled() == 0; }
  return std::all_of(joints_.begin(), joints_.end(), [&](const Joint& joint) {
    return std::find(lost.begin(), lost.end(), joint.to) != lost.end() || joint.unsettled() == 0;
  });
}

}  // namespace culvert
