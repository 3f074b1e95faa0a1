// SPDX-License-Identifier: MIT
/// The requests about journals of a runtime that is at work. Added on the main thread; they run on the control thread.
#pragma once

#include "core/control/protocol.hpp"
#include "core/node/durable_route.hpp"
#include "core/util/log.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace culvert::control {

/// What one answer holds at most, and the message that goes past it.
inline constexpr journal::PartLimits part_limits{256, 64 << 10};

/// Calls what it is given with the durable routes that there are, which stay for so long.
using WithRoutes = std::function<void(const std::function<void(const std::vector<DurableRoute>&)>& use)>;

/// `folder`: where the journals are. `run_id`: another one in another process. What is dropped is logged.
void add_journal_commands(Commands& commands, std::string folder, WithRoutes with_routes, uint64_t run_id,
                          const Log& log);

}  // namespace culvert::control
