// SPDX-License-Identifier: MIT
/// The answer of `status` as a person reads it on a terminal of 80 columns. Pure, any thread.
#pragma once

#include "core/control/protocol.hpp"

#include <string>

namespace culvert::control {

/// Lines with a line feed each. Throws Refusal when `status` is not what CONTROL.md says.
std::string status_text(const Json& status);

}  // namespace culvert::control
