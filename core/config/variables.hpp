// SPDX-License-Identifier: MIT
/// The environment's variables in texts: ${VAR}, ${VAR:-default}, ${VAR:?why} and $$. Main thread only, as getenv is.
#pragma once

#include "core/config/value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace culvert::config {

/// Expands every text below `value`, keys aside. A '$' in front of anything but '{' or '$' stays, as in "$SYS/#".
void expand_variables(Value& value, Problems& problems);

struct UsedVariable {
  std::string name;
  bool is_default = false;  ///< it is not set, or empty: its default was taken
};

/// The variables in a text that `expand_variables` has nothing against, in order.
std::vector<UsedVariable> used_variables(std::string_view text);
/// Whether a text is one variable without a default, and so says nothing of its value.
bool is_one_variable(std::string_view text);

}  // namespace culvert::config
