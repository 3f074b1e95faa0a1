// SPDX-License-Identifier: MIT
/// What the command `status` answers, with the names that CONTROL.md gives. Pure, any thread.
#pragma once

#include "core/control/protocol.hpp"
#include "core/node/last_crash.hpp"
#include "core/node/status.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace culvert::control {

struct RuntimeStatus {
  std::string name, version;
  int64_t pid = 0;
  int64_t uptime_ns = 0;
  int64_t wall_ns = 0;  ///< when it was asked
  PipelineStatus pipeline;
  std::optional<LastCrash> last_crash = {};  ///< of the run before, as of the start of this one
};

Json to_json(const RuntimeStatus& status);
/// The other way, of `last_crash` alone. Throws Json::exception when it is none.
LastCrash last_crash_of(const Json& json);

}  // namespace culvert::control
