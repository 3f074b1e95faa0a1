// SPDX-License-Identifier: MIT
/// The environment's variables in texts: ${VAR}, ${VAR:-default}, ${VAR:?why} and $$. Main thread only, as getenv is.
#pragma once

#include "core/config/value.hpp"

namespace culvert::config {

/// Expands every text below `value`, keys aside. A '$' in front of anything but '{' or '$' stays, as in "$SYS/#".
void expand_variables(Value& value, Problems& problems);

}  // namespace culvert::config
