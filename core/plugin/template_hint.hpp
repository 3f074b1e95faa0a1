// SPDX-License-Identifier: MIT
/// What to say of a name in a template that is none. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace culvert::plugin {

/// ", did you mean 'node'?", ", did you mean 'field.temp'?" or which names there are. `more` are taken beside those
/// that every template knows.
std::string template_name_hint(std::string_view name, const std::vector<std::string>& more = {});

}  // namespace culvert::plugin
