// SPDX-License-Identifier: MIT
#include "core/message/check.hpp"

#include "core/message/frame.hpp"
#include "core/message/topic.hpp"

#include <culvert/plugin.hpp>

#include <cstdint>
#include <string_view>

namespace culvert {

namespace {

/// Names, units and properties have lengths of 16 bits.
constexpr uint64_t max_short_text = UINT16_MAX;

bool is_there(culvert_text text) noexcept { return text.size == 0 || text.data != nullptr; }
bool is_short(culvert_text text) noexcept { return is_there(text) && text.size <= max_short_text; }

std::string_view field_problem(const culvert_field& field) noexcept {
  if (field.type > CULVERT_BYTES) { return "has a field of an unknown type"; }
  if (field.quality > CULVERT_BAD) { return "has a field of an unknown quality"; }
  if (!is_short(field.name)) { return "has a field whose name is longer than 65535 bytes or absent"; }
  if (!is_short(field.unit)) { return "has a field whose unit is longer than 65535 bytes or absent"; }
  if (field.type == CULVERT_BOOL && field.value.boolean > 1) { return "has a bool that is neither 0 nor 1"; }
  if (field.type == CULVERT_STRING || field.type == CULVERT_BYTES) {
    if (!is_there(field.value.text)) { return "has a field whose value is absent"; }
    if (field.value.text.size > CULVERT_MAX_PAYLOAD) { return "has a field whose value is longer than 1 MiB"; }
  }
  return {};
}

std::string_view record_problem(const culvert_message& message) noexcept {
  if (message.field_count == 0) { return {}; }
  if (message.field_count > CULVERT_MAX_FIELDS) { return "has more than 4096 fields"; }
  if (message.fields == nullptr || message.fields->size < sizeof(culvert_field)) { return "has fields of no size"; }
  const auto fields = MessageView{message}.fields();
  for (uint32_t i = 0; i < fields.size(); ++i) {
    if (const auto problem = field_problem(fields[i]); !problem.empty()) { return problem; }
  }
  return {};
}

std::string_view payload_problem(const culvert_message& message) noexcept {
  if (!is_there(message.payload)) { return "has a payload that is absent"; }
  if (message.payload.size > CULVERT_MAX_PAYLOAD) { return "has a payload longer than 1 MiB"; }
  if (!is_short(message.content_type)) { return "has a content type that is longer than 65535 bytes or absent"; }
  return {};
}

std::string_view properties_problem(const culvert_message& message) noexcept {
  if (message.property_count == 0) { return {}; }
  if (message.property_count > CULVERT_MAX_PROPERTIES) { return "has more than 32 properties"; }
  if (message.properties == nullptr || message.properties->size < sizeof(culvert_property)) {
    return "has properties of no size";
  }
  const auto properties = MessageView{message}.properties();
  for (uint32_t i = 0; i < properties.size(); ++i) {
    if (!is_short(properties[i].name)) { return "has a property whose name is longer than 65535 bytes or absent"; }
    if (!is_short(properties[i].value)) { return "has a property whose value is longer than 65535 bytes or absent"; }
  }
  return {};
}

std::string_view body_problem(const culvert_message& message) noexcept {
  if (message.kind > CULVERT_PAYLOAD) { return "is neither a record nor a payload"; }
  if ((message.flags & ~message_flags) != 0) { return "has an unknown flag"; }
  if (const auto problem = properties_problem(message); !problem.empty()) { return problem; }
  const auto problem = message.kind == CULVERT_PAYLOAD ? payload_problem(message) : record_problem(message);
  if (!problem.empty()) { return problem; }
  // Every part is bounded by now, so that the sum cannot overflow.
  return entry_size(message) > max_entry_bytes ? "is larger than 1.25 MiB as a whole" : std::string_view{};
}

}  // namespace

std::string message_problem(const culvert_message& message) {
  if (!is_there(message.topic)) { return "has a topic that is absent"; }
  if (const auto problem = topic_problem(view(message.topic)); !problem.empty()) {
    return std::string{"has a topic that "}.append(problem);
  }
  return std::string{body_problem(message)};
}

}  // namespace culvert
