// SPDX-License-Identifier: MIT
/// Makes the pipeline's structs of a parsed and merged configuration. Used by one thread at a time.
#pragma once

#include "core/config/pipeline.hpp"
#include "core/config/value.hpp"

namespace culvert::config {

/// Reads everything that can be read, and says what can't. `root` is a table whose variables are expanded.
Pipeline read_pipeline(const Value& root, Problems& problems);

/// Says every name of a route that no node has.
void check_references(const Pipeline& pipeline, Problems& problems);

}  // namespace culvert::config
