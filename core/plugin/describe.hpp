// SPDX-License-Identifier: MIT
/// What people read about plugins: the text of `culvert inspect`. Used on the main thread only.
#pragma once

#include "core/plugin/registry.hpp"

#include <string>

namespace culvert::plugin {

/// One line for each plugin, by id; then what looked like a plugin and is none. Ends in a line feed.
std::string describe_all(const Registry& registry);

/// All that one plugin says of itself. Ends in a line feed.
std::string describe(const Found& plugin);

/// The same for each plugin in one shared object, of any processor. Throws std::runtime_error with one clear line.
std::string describe_file(const std::string& path);

}  // namespace culvert::plugin
