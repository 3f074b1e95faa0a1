// SPDX-License-Identifier: MIT
/// Options whose values two nodes of one pipeline must not share. Any thread.
#pragma once

#include "core/config/pipeline.hpp"
#include "core/runtime/check.hpp"

namespace culvert {

/// Warns of each pair that shares one, at the place of the later and with that of the earlier.
void check_unique(const config::Pipeline& pipeline, const CheckedPipeline& checked, config::Problems& problems);

}  // namespace culvert
