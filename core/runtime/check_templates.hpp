// SPDX-License-Identifier: MIT
/// A route's filter and templates: checked, and made ready for its writer. Any thread.
#pragma once

#include "core/channel/fanout.hpp"
#include "core/config/pipeline.hpp"

#include <string>
#include <string_view>

namespace culvert {

/// Puts filter, topic and encoding of `route` into a spec, and says what is wrong with them. `from` and `runtime` are
/// the names that a template is filled with.
RouteSpec check_templates(const config::Route& route, const std::string& from, const std::string& runtime,
                          config::Problems& problems);

/// What is wrong with the topics that a template makes, or empty: "holds the wildcard '+'". Only for a whole template.
std::string_view made_topic_problem(const Template& made, const std::string& node, const std::string& runtime);

}  // namespace culvert
