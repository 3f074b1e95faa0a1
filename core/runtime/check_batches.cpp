// SPDX-License-Identifier: MIT
#include "core/runtime/check_batches.hpp"

#include <algorithm>

namespace culvert {
namespace {

using config::quoted;

/// A number is given to a batch as a whole, when it is closed.
void check_numbers(const config::Reference& given, std::string_view key, const std::optional<Template>& made,
                   config::Problems& problems) {
  if (!made) { return; }
  const auto names = made->names();
  if (std::find(names.begin(), names.end(), "seq") == names.end()) { return; }
  problems.error(given.place, "route: " + quoted(key) + " uses the name '{seq}', which a message of a 'batch' has not");
}

}  // namespace

void check_batch(const config::Route& route, const plugin::Facts* source, RouteSpec& spec, config::Problems& problems) {
  if (!route.batch) { return; }
  spec.limits.batch = BatchLimits{.max_messages = static_cast<std::size_t>(route.batch->max),
                                  .max_bytes = static_cast<std::size_t>(route.batch->max_bytes),
                                  .within_ns = route.batch->within_ns};
  if (spec.encoding == Encoding::none) { spec.encoding = Encoding::json; }
  if (route.topic) { check_numbers(*route.topic, "topic", spec.topic, problems); }
  if (route.encode) { check_numbers(*route.encode, "encode", spec.pattern, problems); }
  if (source != nullptr && source->emits == plugin::kind_payload) {
    problems.warning(route.batch->place, "route: 'batch' gathers no records here, since " + quoted(route.from.name) +
                                             " emits payloads: JSON goes in as it is, other text as a string, and "
                                             "what is no text goes alone");
  }
  if (route.durable) {
    problems.warning(
        route.batch->place,
        "route: what gathers in a 'batch' is not on disk before it leaves, so that 'durable' does not hold "
        "for up to 'within'");
  }
  if (route.linger_ns > 0) {
    problems.warning(route.linger_place, "route: 'linger' beside 'batch' makes a batch wait a second time");
  }
}

void check_feed(const config::Route& route, int64_t fed, config::Problems& problems) {
  if (!route.batch || route.batch->max <= fed) { return; }
  problems.warning(route.batch->place, "route: 'batch' gathers up to " + std::to_string(route.batch->max) +
                                           " messages, but the routes to " + quoted(route.from.name) + " hold " +
                                           std::to_string(fed) + " ('max_messages'): it always waits for 'within'");
}

}  // namespace culvert
