// SPDX-License-Identifier: MIT
/// Cycles of routes, in which a message could go round for ever. Any thread.
#pragma once

#include "core/config/pipeline.hpp"

#include <cstddef>
#include <vector>

namespace culvert {

/// One route to one reader, by the indices of its nodes.
struct Link {
  std::size_t from = 0, to = 0;
  const config::Route* route = nullptr;
};

/// A cycle is allowed when one of its routes has a filter, which ends what goes round, and one drops when it is full,
/// so that the nodes do not wait for each other for ever. Says the others.
void check_cycles(const config::Pipeline& pipeline, const std::vector<Link>& links, config::Problems& problems);

}  // namespace culvert
