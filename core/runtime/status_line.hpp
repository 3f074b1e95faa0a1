// SPDX-License-Identifier: MIT
/// How a pipeline is, in one line for who looks after services. Pure, any thread.
#pragma once

#include "core/node/state.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace culvert {

/// "4 nodes: 2 running, 1 degraded ('cloud'), 1 failed ('attic'); 43 messages wait". Names at most three nodes of each
/// state that needs an eye.
std::string status_line(const std::vector<std::pair<std::string, NodeState>>& nodes, std::size_t queued);

}  // namespace culvert
