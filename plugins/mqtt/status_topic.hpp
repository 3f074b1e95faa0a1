// SPDX-License-Identifier: MIT
/// The topic of the retained message that says whether a node is at the broker. Any thread.
#pragma once

#include <culvert/plugin.hpp>

#include <string>
#include <string_view>

namespace culvert::mqtt {

/// `pattern` may name {runtime} and {node}; empty for no status at all. Throws std::invalid_argument that names the
/// option.
std::string make_status_topic(Host host, std::string_view pattern);

}  // namespace culvert::mqtt
