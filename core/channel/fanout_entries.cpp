// SPDX-License-Identifier: MIT
// How a message becomes the entry that a route carries.
#include "core/channel/fanout.hpp"
#include "core/message/boot_time.hpp"
#include "core/message/encode.hpp"
#include "core/message/json_array.hpp"
#include "core/message/topic.hpp"

#include <culvert/plugin.hpp>

#include <algorithm>

namespace culvert {
namespace {

culvert_text as_text(std::string_view view) { return {view.data(), view.size()}; }
std::string_view as_view(culvert_text text) { return {text.data, text.size}; }

/// Makes the payload an array of one element, a batch of one. False when it can't be part of any: then it travels as it
/// is. `was_record`: the payload was encoded by the route. `array` holds the new payload.
bool make_array(const RouteSpec& spec, bool was_record, culvert_message& sent, std::string& array) {
  array = '[';
  if (was_record && spec.encoding == Encoding::json) {
    array += as_view(sent.payload);
  } else {
    // What a template makes may well be JSON.
    const bool is_free = was_record && spec.encoding == Encoding::pattern;
    const std::string_view type = is_free ? std::string_view{} : as_view(sent.content_type);
    if (!append_json_element(type, as_view(sent.payload), array)) { return false; }
  }
  array += ']';
  culvert_message made = sent;
  made.payload = as_text(array);
  made.content_type = as_text("application/json");
  if (array.size() > CULVERT_MAX_PAYLOAD || entry_size(made) > max_entry_bytes) { return false; }
  sent = made;
  return true;
}

}  // namespace

bool Fanout::make_topic(const RouteSpec& spec, const culvert_message& numbered) {
  topic_scratch_.clear();
  const std::string_view lacking = spec.topic->render(numbered, {node_, runtime_}, topic_scratch_);
  const std::string_view why = topic_problem(topic_scratch_);
  if (lacking.empty() && why.empty()) { return true; }
  bad_topic_ = "'topic' of route '" + spec.name + "' ";
  if (lacking.empty()) {
    bad_topic_.append("made a topic that ").append(why);
  } else {
    bad_topic_.append("has nothing for '{").append(lacking).append("}'");
  }
  return false;
}

void Fanout::encode(const RouteSpec& spec, const culvert_message& numbered, BootTime boot_ns, culvert_message& sent) {
  payload_scratch_.clear();
  std::string_view content_type = "text/plain";
  if (spec.encoding == Encoding::json) {
    culvert_message timed = numbered;
    timed.time_ns = boot_ns.value_or(numbered.time_ns);
    encode_json(timed, payload_scratch_);
    content_type = "application/json";
  } else if (spec.encoding == Encoding::text) {
    encode_text(numbered, payload_scratch_);
  } else {
    spec.pattern->render(numbered, {node_, runtime_}, payload_scratch_);
  }
  sent.kind = CULVERT_PAYLOAD;
  sent.payload = as_text(payload_scratch_);
  sent.content_type = as_text(content_type);
  sent.fields = nullptr;
  sent.field_count = 0;
}

bool Fanout::set_properties(const RouteSpec& spec, culvert_message& sent) {
  properties_scratch_.clear();
  for (const RouteProperty& own : spec.properties) {
    properties_scratch_.push_back({sizeof(culvert_property), 0, as_text(own.name), as_text(own.value)});
  }
  bool is_cut = false;
  const auto given = MessageView{sent}.properties();
  for (uint32_t i = 0; i < given.size(); ++i) {
    const bool is_replaced = std::any_of(spec.properties.begin(), spec.properties.end(),
                                         [&](const auto& own) { return own.name == as_view(given[i].name); });
    if (is_replaced) { continue; }
    is_cut = properties_scratch_.size() == CULVERT_MAX_PROPERTIES;
    if (is_cut) { break; }
    properties_scratch_.push_back({sizeof(culvert_property), 0, given[i].name, given[i].value});
  }
  sent.properties = properties_scratch_.data();
  sent.property_count = static_cast<uint32_t>(properties_scratch_.size());
  return is_cut;
}

bool Fanout::make_entry(Route& route, const culvert_message& message, BootTime boot_ns, uint64_t ahead, Match& match) {
  // With the number that it is going to have on this route, so that templates can show it.
  culvert_message numbered = message;
  numbered.seq = route.outlet->next_seq() + ahead;
  culvert_message sent = numbered;
  const RouteSpec& spec = route.spec;
  if (spec.topic) {
    if (!make_topic(spec, numbered)) {
      ++match.bad_topics;
      return false;
    }
    sent.topic = as_text(topic_scratch_);
  }
  const bool encodes = spec.encoding != Encoding::none && message.kind == CULVERT_RECORD;
  if (encodes) { encode(spec, numbered, boot_ns, sent); }
  if (boot_ns) { count_from_boot(sent, *boot_ns, encodes && spec.encoding == Encoding::json); }
  const bool is_cut = !spec.properties.empty() && set_properties(spec, sent);
  route.gathers = spec.limits.batch && sent.kind == CULVERT_PAYLOAD &&
                  make_array(spec, message.kind == CULVERT_RECORD, sent, array_scratch_);
  const bool is_long = sent.kind == CULVERT_PAYLOAD && sent.payload.size > CULVERT_MAX_PAYLOAD;
  if (is_long || entry_size(sent) > max_entry_bytes) {
    ++match.too_large;
    return false;
  }
  if (is_cut) { ++match.cut_properties; }
  route.entry.clear();
  write_entry(sent, 0, route.entry);
  return true;
}

Fanout::Match Fanout::match_all(const culvert_message& message, BootTime boot_ns, bool is_child) {
  Match match;
  for (Route* route : routes_) {
    const RouteSpec& spec = route->spec;
    route->matched = !route->is_dormant && (spec.filter.empty() || topic_matches(spec.filter, as_view(message.topic)));
    if (!route->matched) { continue; }
    if (make_entry(*route, message, boot_ns, is_child ? route->staged_messages : 0, match)) {
      ++match.routed;
    } else {
      route->matched = false;
      match.rejected = match.rejected || route->spec.required;
    }
  }
  return match;
}

}  // namespace culvert
