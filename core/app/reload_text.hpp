// SPDX-License-Identifier: MIT
/// What a reload has come to, as a person reads it. Pure, any thread.
#pragma once

#include "core/control/protocol.hpp"

#include <string>

namespace culvert {

/// What differs, a line each, and the verdict. `report`: as CONTROL.md has it.
std::string reload_text(const control::Json& report);

}  // namespace culvert
