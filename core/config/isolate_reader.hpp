// SPDX-License-Identifier: MIT
/// Reads `isolate` of a node: whether it runs in a process of its own, and what that may use. Used by one thread at a
/// time.
#pragma once

#include "core/config/pipeline.hpp"
#include "core/config/table_reader.hpp"

namespace culvert::config {

/// `isolate = true`, `false`, or a table of limits, which means true.
void read_isolate(TableReader& reader, Node& node, Problems& problems);

/// CULVERT_ISOLATE: `all` puts each node in a process of its own, whatever the file says; the limits that it gives
/// stay.
void isolate_by_environment(Pipeline& pipeline, Problems& problems);

}  // namespace culvert::config
