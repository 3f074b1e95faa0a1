// SPDX-License-Identifier: MIT
/// Loads one shared object and finds the descriptor of one plugin in it. Used on the main thread only.
#pragma once

#include "core/plugin/facts.hpp"

#include <culvert/plugin.h>

#include <string>

namespace culvert::plugin {

/// The descriptor, as long as the object made it, with what must be there checked. Refuses what can be refused before
/// any code of the object runs. `text` is the note that `facts` were read from. Throws std::runtime_error with one
/// clear line.
const culvert_descriptor* load_descriptor(const std::string& path, const Facts& facts, const std::string& text);

/// A copy that is as long as ours: functions that an older minor version did not know are NULL.
culvert_descriptor filled_up(const culvert_descriptor& descriptor);

/// "'version': '1.0' and '1.1'" for two facts texts, the first field that differs; "line 3" when they do not parse or
/// differ in nothing but their writing.
std::string first_difference(const std::string& note, const std::string& descriptor);

}  // namespace culvert::plugin
