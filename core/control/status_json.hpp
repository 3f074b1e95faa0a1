// SPDX-License-Identifier: MIT
/// What the command `status` answers, with the names that CONTROL.md gives. Pure, any thread.
#pragma once

#include "core/control/protocol.hpp"
#include "core/node/status.hpp"

#include <cstdint>
#include <string>

namespace culvert::control {

struct RuntimeStatus {
  std::string name, version;
  int64_t pid = 0;
  int64_t uptime_ns = 0;
  int64_t wall_ns = 0;  ///< when it was asked
  PipelineStatus pipeline;
};

Json to_json(const RuntimeStatus& status);

}  // namespace culvert::control
