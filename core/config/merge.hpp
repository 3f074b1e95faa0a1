// SPDX-License-Identifier: MIT
/// Several files as one. Any thread.
#pragma once

#include "core/config/value.hpp"

#include <vector>

namespace culvert::config {

/// Puts the tables of files together, in order: [runtime] key by key, nodes by name, routes one after the other. What
/// is defined twice is an error that names both places; the first stays.
Value merge(std::vector<Value> roots, Problems& problems);

}  // namespace culvert::config
