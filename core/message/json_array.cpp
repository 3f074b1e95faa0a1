// SPDX-License-Identifier: MIT
#include "core/message/json_array.hpp"

#include "core/message/bytes.hpp"
#include "core/message/encode.hpp"
#include "core/message/frame.hpp"
#include "core/message/topic.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cassert>
#include <cstdint>

namespace culvert {

namespace {

// Where the parts of an entry are (FRAMES.md in core/channel).
constexpr std::size_t flags_at = 20;
constexpr std::size_t topic_size_at = 28;
constexpr std::size_t payload_size_at = 32;

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// "application/json", "application/senml+json; charset=utf-8", in capitals too (RFC 6838, section 4.2).
bool is_json_type(std::string_view content_type) noexcept {
  std::string_view name = content_type.substr(0, content_type.find(';'));
  while (name.ends_with(' ') || name.ends_with('\t')) { name.remove_suffix(1); }
  const auto ends_with = [&](std::string_view end) {
    return name.size() >= end.size() &&
           std::equal(end.begin(), end.end(), name.end() - static_cast<std::ptrdiff_t>(end.size()),
                      [](char wanted, char c) { return wanted == lower(c); });
  };
  constexpr std::string_view plain = "application/json";
  return (name.size() == plain.size() && ends_with(plain)) || ends_with("+json");
}

bool is_json(std::string_view payload) {
  // A mark of byte order is taken at the beginning of a text, but is no JSON in the middle of one.
  return !payload.starts_with("\xEF\xBB\xBF") && nlohmann::json::accept(payload);
}

std::size_t payload_size(std::string_view entry) noexcept { return load_le<uint32_t>(entry.data() + payload_size_at); }

/// Topic, content type and properties.
std::string_view head(std::string_view entry) noexcept {
  return entry.substr(entry_header_size, entry.size() - entry_header_size - payload_size(entry));
}

void add_le32(std::string& entry, std::size_t at, std::size_t more) noexcept {
  store_le(entry.data() + at, static_cast<uint32_t>(load_le<uint32_t>(entry.data() + at) + more));
}

}  // namespace

bool append_json_element(std::string_view content_type, std::string_view payload, std::string& out) {
  if ((content_type.empty() || is_json_type(content_type)) && is_json(payload)) {
    out += payload;
    return true;
  }
  if (!is_utf8(payload)) { return false; }
  append_json_string(payload, out);
  return true;
}

std::string_view entry_topic(std::string_view entry) noexcept {
  return entry.substr(entry_header_size, load_le<uint16_t>(entry.data() + topic_size_at));
}

std::string_view entry_payload(std::string_view entry) noexcept {
  return entry.substr(entry.size() - payload_size(entry));
}

bool differ_in_body_only(std::string_view one, std::string_view other) noexcept {
  // Flags, kind and the sizes of all parts but the payload.
  constexpr std::size_t compared = payload_size_at - flags_at;
  return one.substr(flags_at, compared) == other.substr(flags_at, compared) && head(one) == head(other);
}

void join_arrays(std::string& entry, std::string_view more) {
  const std::string_view elements = entry_payload(more).substr(1);
  assert(entry.ends_with(']') && elements.ends_with(']'));
  entry.back() = ',';
  entry += elements;
  add_le32(entry, 0, elements.size());
  add_le32(entry, payload_size_at, elements.size());
}

std::size_t joined_growth(std::string_view more) noexcept { return payload_size(more) - 1; }

}  // namespace culvert
