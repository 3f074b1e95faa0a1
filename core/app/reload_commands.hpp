// SPDX-License-Identifier: MIT
/// The requests for a reload. Added on the main thread; they run on the control thread.
#pragma once

#include "core/control/protocol.hpp"
#include "core/runtime/reload_desk.hpp"

namespace culvert::control {

void add_reload_commands(Commands& commands, ReloadDesk& desk);

Json to_json(const ReloadReport& report);

}  // namespace culvert::control
