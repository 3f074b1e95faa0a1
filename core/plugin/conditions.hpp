// SPDX-License-Identifier: MIT
/// Conditions of facts, looked for in one node's settings. Any thread.
#pragma once

#include "core/plugin/facts.hpp"
#include "core/plugin/options.hpp"

#include <string>
#include <vector>

namespace culvert::plugin {

/// One way in which several conditions hold: the key of the value that each looks at, in their order; empty where that
/// is none.
using Fit = std::vector<std::string>;

/// Every way in which all of them hold. Those of one list hold for the same element of it, and each such element is a
/// way of its own; of a second list the first element that fits counts. Empty when they do not hold.
std::vector<Fit> fits(const std::vector<When>& all, const Settings& settings);

/// Whether all of them hold.
bool holds(const std::vector<When>& all, const Settings& settings);

}  // namespace culvert::plugin
