// SPDX-License-Identifier: MIT
#include "core/runtime/check_templates.hpp"

#include "core/message/topic.hpp"
#include "core/plugin/sample_topic.hpp"
#include "core/plugin/template_hint.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace culvert {
namespace {

using config::quoted;

/// A template whose names are known. Which fields and properties a message has is not known before it is there: their
/// prefixes say what they are.
std::optional<Template> checked_template(std::string_view key, const config::Reference& given,
                                         config::Problems& problems) {
  try {
    Template made{given.name};
    bool is_known = true;
    for (const std::string_view name : made.names()) {
      if (Template::is_known(name)) { continue; }
      is_known = false;
      problems.error(given.place, "route: " + quoted(key) + " has the unknown name " +
                                      quoted("{" + std::string{name} + "}") + plugin::template_name_hint(name));
    }
    // What it would make is of no interest then.
    return is_known ? std::optional{std::move(made)} : std::nullopt;
  } catch (const std::invalid_argument& why) {
    problems.error(given.place, "route: " + quoted(key) + " " + why.what());
    return {};
  }
}

}  // namespace

std::string_view made_topic_problem(const Template& made, const std::string& node, const std::string& runtime) {
  return topic_problem(plugin::sample_topic(made, node, runtime, "topic"));
}

RouteSpec check_templates(const config::Route& route, const std::string& from, const std::string& runtime,
                          config::Problems& problems) {
  RouteSpec spec;
  if (route.filter) {
    spec.filter = route.filter->name;
    const std::string_view why = filter_problem(spec.filter);
    if (!why.empty()) { problems.error(route.filter->place, "route: 'filter' " + std::string{why}); }
  }
  if (route.topic) {
    spec.topic = checked_template("topic", *route.topic, problems);
    const std::string_view why = spec.topic ? made_topic_problem(*spec.topic, from, runtime) : std::string_view{};
    if (!why.empty()) { problems.error(route.topic->place, "route: 'topic' " + std::string{why}); }
  }
  if (!route.encode) { return spec; }
  const std::string& encode = route.encode->name;
  if (encode == "json" || encode == "text") {
    spec.encoding = encode == "json" ? Encoding::json : Encoding::text;
  } else if (encode.find_first_of("{}") == std::string::npos) {
    problems.error(route.encode->place, "route: 'encode' must be 'json', 'text' or a template such as '{value}', got " +
                                            quoted(encode) + config::suggestion(encode, {"json", "text"}));
  } else {
    spec.encoding = Encoding::pattern;
    spec.pattern = checked_template("encode", *route.encode, problems);
  }
  return spec;
}

}  // namespace culvert
