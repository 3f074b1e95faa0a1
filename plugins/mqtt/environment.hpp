// SPDX-License-Identifier: MIT
/// What must not stand in the environment when Paho is used. For the node thread.
#pragma once

namespace culvert::mqtt {

/// Throws std::runtime_error in words when a variable is set that makes Paho go elsewhere or write traces.
void check_environment();

}  // namespace culvert::mqtt
