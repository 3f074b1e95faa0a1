// SPDX-License-Identifier: MIT
/// What routes bring to nodes, as far as the file says it, against the limits of their plugins' facts. Any thread.
#pragma once

#include "core/config/pipeline.hpp"
#include "core/runtime/check.hpp"
#include "core/runtime/cycles.hpp"

#include <vector>

namespace culvert {

/// Warns where a limit is exceeded for certain: with the rates of sources that say how often they emit, taken through
/// transforms as one to one, in batches that are as full as can be; with the fewest levels that topics can have; with
/// what routes set. What comes from outside, goes round in a cycle, or passes a filter that may hold it back is not
/// counted. `links` are those of the edges, in their order.
void check_flow(const config::Pipeline& pipeline, const CheckedPipeline& checked, const std::vector<Link>& links,
                config::Problems& problems);

}  // namespace culvert
