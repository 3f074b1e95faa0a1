// SPDX-License-Identifier: MIT
#include "core/message/template.hpp"

#include "core/message/encode.hpp"

#include <culvert/plugin.hpp>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace culvert {

namespace {

[[noreturn]] void throw_unpaired(std::string_view what, std::string_view text, std::size_t at) {
  const auto before = text.substr(0, at);
  const auto column = 1 + std::count_if(before.begin(), before.end(), [](char c) { return (c & 0xC0) != 0x80; });
  throw std::invalid_argument{std::string{what} + " at column " + std::to_string(column)};
}

const culvert_field* find_field(const culvert_message& message, std::string_view name) noexcept {
  const auto fields = MessageView{message}.fields();
  for (uint32_t i = 0; i < fields.size(); ++i) {
    if (view(fields[i].name) == name) { return &fields[i]; }
  }
  return nullptr;
}

const culvert_field* main_field(const culvert_message& message) noexcept {
  const culvert_field* const named = find_field(message, "value");
  return named == nullptr && message.field_count != 0 ? message.fields : named;
}

std::string_view find_property(const culvert_message& message, std::string_view name) noexcept {
  return MessageView{message}.property(name).value_or(std::string_view{});
}

void append_seq(uint64_t seq, std::string& out) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, seq).ptr);
}

}  // namespace

const std::vector<std::string_view>& Template::standard_names() {
  static const std::vector<std::string_view> names{"value", "unit", "time", "node", "runtime", "topic", "seq"};
  return names;
}

bool Template::is_known(std::string_view name) {
  const auto& names = standard_names();
  return name.starts_with(field_prefix) || name.starts_with(property_prefix) ||
         std::find(names.begin(), names.end(), name) != names.end();
}

Template::Part Template::part_of(std::string_view name) {
  if (name.empty()) { throw std::invalid_argument{"has an empty name"}; }
  for (const auto& [prefix, kind] : {std::pair{field_prefix, Kind::field}, {property_prefix, Kind::property}}) {
    if (!name.starts_with(prefix)) { continue; }
    if (name == prefix) { throw std::invalid_argument{"has no name behind '{" + std::string{prefix} + "'"}; }
    return {kind, std::string{name}, prefix.size()};
  }
  constexpr Kind kinds[] = {Kind::value, Kind::unit, Kind::time, Kind::node, Kind::runtime, Kind::topic, Kind::seq};
  const auto& names = standard_names();
  const auto found = std::find(names.begin(), names.end(), name);
  return {found == names.end() ? Kind::field : kinds[found - names.begin()], std::string{name}};
}

void Template::add_literal(char c) {
  if (parts_.empty() || parts_.back().kind != Kind::literal) { parts_.push_back({Kind::literal, {}}); }
  parts_.back().text += c;
}

Template::Template(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c != '{' && c != '}') {
      add_literal(c);
    } else if (at + 1 < text.size() && text[at + 1] == c) {
      add_literal(c);
      ++at;
    } else if (c == '}') {
      throw_unpaired("has a '}' without its '{'", text, at);
    } else {
      const auto end = text.find_first_of("{}", at + 1);
      if (end == std::string_view::npos || text[end] == '{') { throw_unpaired("has a '{' without its '}'", text, at); }
      parts_.push_back(part_of(text.substr(at + 1, end - at - 1)));
      at = end;
    }
  }
}

std::vector<std::string_view> Template::names() const {
  std::vector<std::string_view> names;
  for (const auto& part : parts_) {
    if (part.kind != Kind::literal) { names.emplace_back(part.text); }
  }
  return names;
}

bool Template::is_constant() const noexcept {
  return std::all_of(parts_.begin(), parts_.end(), [](const Part& part) {
    return part.kind == Kind::literal || part.kind == Kind::node || part.kind == Kind::runtime;
  });
}

bool Template::uses_topic() const noexcept {
  return std::any_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.kind == Kind::topic; });
}

void Template::append(const Part& part, const culvert_message& message, const TemplateNames& names, std::string& out) {
  const bool is_record = message.kind == CULVERT_RECORD;
  const culvert_field* field = nullptr;
  switch (part.kind) {
    case Kind::literal:
      out += part.text;
      return;
    case Kind::value:
      if (!is_record) { out += view(message.payload); }
      field = is_record ? main_field(message) : nullptr;
      break;
    case Kind::unit:
      field = is_record ? main_field(message) : nullptr;
      if (field != nullptr) { out += view(field->unit); }
      return;
    case Kind::time:
      return append_time(message.time_ns, out);
    case Kind::node:
      out += names.node;
      return;
    case Kind::runtime:
      out += names.runtime;
      return;
    case Kind::topic:
      out += view(message.topic);
      return;
    case Kind::seq:
      return append_seq(message.seq, out);
    case Kind::property:
      out += find_property(message, part.own());
      return;
    case Kind::field:
      field = is_record ? find_field(message, part.own()) : nullptr;
      break;
  }
  if (field != nullptr) { append_value(*field, out); }
}

std::string_view Template::render(const culvert_message& message, const TemplateNames& names, std::string& out) const {
  std::string_view lacking;
  for (const Part& part : parts_) {
    const std::size_t before = out.size();
    append(part, message, names, out);
    if (out.size() == before && lacking.empty()) { lacking = part.text; }
  }
  return lacking;
}

}  // namespace culvert
