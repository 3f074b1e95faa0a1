// SPDX-License-Identifier: MIT
/// The `batch` of routes against the rest of the pipeline. Any thread.
#pragma once

#include "core/channel/fanout.hpp"
#include "core/config/pipeline.hpp"
#include "core/plugin/facts.hpp"

#include <cstdint>

namespace culvert {

/// Puts the batch of `route`, when it has one, into a spec that check_templates has made, and says what of the route
/// does not go with it. `source`: what its writer is, or null.
void check_batch(const config::Route& route, const plugin::Facts* source, RouteSpec& spec, config::Problems& problems);

/// Warns of a batch behind a transform that never fills, since the routes to that transform hold no more than `fed`
/// messages together: one in the batch is unsettled there.
void check_feed(const config::Route& route, int64_t fed, config::Problems& problems);

}  // namespace culvert
