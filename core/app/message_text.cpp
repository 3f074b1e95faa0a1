// SPDX-License-Identifier: MIT
#include "core/app/message_text.hpp"

#include "core/message/encode.hpp"
#include "core/message/topic.hpp"
#include "core/message/utf8.hpp"

#include <culvert/plugin.hpp>

#include <bit>
#include <cmath>
#include <cstdio>
#include <utility>

namespace culvert {
namespace {

using Json = nlohmann::ordered_json;

/// Of one character of UTF-8. The controls past ASCII are U+0080 to U+009F, U+2028 and U+2029.
bool is_control(std::string_view character) noexcept {
  const auto first = static_cast<unsigned char>(character.front());
  if (character.size() == 1) { return first < 0x20 || first == 0x7f; }
  if (character.size() == 2) { return first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0; }
  return character == "\u2028" || character == "\u2029";
}

Json bytes_json(std::string_view bytes) {
  std::string text;
  append_base64(bytes, text);
  return {{"base64", text}};
}

Json text_json(std::string_view text) { return is_utf8(text) ? Json(text) : bytes_json(text); }

Json double_json(double value) {
  if (std::isfinite(value)) { return value; }
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(std::bit_cast<uint64_t>(value)));
  return {{"bits", digits}};
}

/// Its type and its value.
std::pair<const char*, Json> value_json(const culvert_field& field) {
  switch (field.type) {
    case CULVERT_BOOL:
      return {"bool", field.value.boolean != 0};
    case CULVERT_I64:
      return {"i64", field.value.i64};
    case CULVERT_U64:
      return {"u64", field.value.u64};
    case CULVERT_F64:
      return {"f64", double_json(field.value.f64)};
    case CULVERT_STRING:
      return {"string", text_json(view(field.value.text))};
    case CULVERT_BYTES:
      return {"bytes", bytes_json(view(field.value.text))};
    default:
      return {"null", nullptr};
  }
}

Json field_json(const culvert_field& field) {
  constexpr const char* qualities[] = {"good", "uncertain", "bad"};
  auto [type, value] = value_json(field);
  return {{"name", text_json(view(field.name))},
          {"type", type},
          {"value", std::move(value)},
          {"unit", text_json(view(field.unit))},
          {"quality", qualities[field.quality]}};
}

Json flags_json(uint32_t flags) {
  constexpr std::pair<uint32_t, const char*> names[] = {{CULVERT_RETAINED, "retained"},
                                                        {CULVERT_DUPLICATE, "duplicate"},
                                                        {CULVERT_HISTORICAL, "historical"},
                                                        {CULVERT_TIME_UNSYNCED, "time_unsynced"}};
  Json set = Json::array();
  for (const auto& [flag, name] : names) {
    if ((flags & flag) != 0) { set.push_back(name); }
  }
  return set;
}

}  // namespace

void append_printable(std::string_view bytes, std::string& out) {
  constexpr std::string_view hex = "0123456789abcdef", named = "\n\r\t\\", letters = "nrt\\";
  while (!bytes.empty()) {
    const std::size_t size = utf8_character(bytes);
    const std::string_view character = bytes.substr(0, size == 0 ? 1 : size);
    bytes.remove_prefix(character.size());
    const std::size_t at = named.find(character.front());
    if (at != std::string_view::npos) {
      out.append(1, '\\').append(1, letters[at]);
    } else if (size != 0 && !is_control(character)) {
      out += character;
    } else {
      for (const char c : character) {
        const auto byte = static_cast<unsigned char>(c);
        out.append("\\x").append(1, hex[byte >> 4]).append(1, hex[byte & 15]);
      }
    }
  }
}

std::string message_line(const culvert_message& message, std::size_t bytes) {
  std::string line, content;
  append_time(message.time_ns, line);
  line += "  ";
  append_printable(view(message.topic), line);
  line.append("  ").append(std::to_string(bytes)).append(" B  ");
  if (message.kind == CULVERT_RECORD) { encode_text(message, content); }
  append_printable(message.kind == CULVERT_RECORD ? std::string_view{content} : view(message.payload), line);
  return line;
}

Json message_json(const culvert_message& message) {
  const MessageView seen{message};
  Json json{
      {"time_ns", message.time_ns}, {"topic", text_json(view(message.topic))}, {"flags", flags_json(message.flags)}};
  Json& properties = json["properties"] = Json::array();
  for (uint32_t i = 0; i < message.property_count; ++i) {
    const culvert_property& property = seen.properties()[i];
    properties.push_back({{"name", text_json(view(property.name))}, {"value", text_json(view(property.value))}});
  }
  if (message.kind == CULVERT_PAYLOAD) {
    json["content_type"] = text_json(view(message.content_type));
    json["payload"] = text_json(view(message.payload));
    return json;
  }
  Json& fields = json["fields"] = Json::array();
  for (uint32_t i = 0; i < message.field_count; ++i) { fields.push_back(field_json(seen.fields()[i])); }
  return json;
}

}  // namespace culvert
