// SPDX-License-Identifier: MIT
/// The topic that a template would make, to be checked before any message is there. Any thread.
#pragma once

#include "core/message/template.hpp"

#include <string>
#include <string_view>

namespace culvert::plugin {

/// What a template makes of a message with that topic whose every other part is there, and good as one level of a
/// topic: what is wrong with it then is the template's.
std::string sample_topic(const Template& made, const std::string& node, const std::string& runtime,
                         std::string_view topic);

}  // namespace culvert::plugin
