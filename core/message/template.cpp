// SPDX-License-Identifier: MIT
#include "core/message/template.hpp"

#include "core/message/encode.hpp"

#include <culvert/plugin.hpp>

#include <algorithm>
#include <charconv>
#include <stdexcept>

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

void append_seq(uint64_t seq, std::string& out) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, seq).ptr);
}

}  // namespace

const std::vector<std::string_view>& Template::standard_names() {
  static const std::vector<std::string_view> names{"value", "unit", "time", "node", "runtime", "topic", "seq"};
  return names;
}

Template::Kind Template::kind_of(std::string_view name) {
  constexpr Kind kinds[] = {Kind::value, Kind::unit, Kind::time, Kind::node, Kind::runtime, Kind::topic, Kind::seq};
  const auto& names = standard_names();
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? Kind::field : kinds[found - names.begin()];
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
      const std::string_view name = text.substr(at + 1, end - at - 1);
      if (name.empty()) { throw std::invalid_argument{"has an empty name"}; }
      parts_.push_back({kind_of(name), std::string{name}});
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

void Template::render(const culvert_message& message, const TemplateNames& names, std::string& out) const {
  const bool is_record = message.kind == CULVERT_RECORD;
  const auto append_field = [&](const culvert_field* field) {
    if (field != nullptr) { append_value(*field, out); }
  };
  for (const auto& part : parts_) {
    switch (part.kind) {
      case Kind::literal:
        out += part.text;
        break;
      case Kind::value:
        if (is_record) {
          append_field(main_field(message));
        } else {
          out += view(message.payload);
        }
        break;
      case Kind::unit:
        if (const auto* field = is_record ? main_field(message) : nullptr) { out += view(field->unit); }
        break;
      case Kind::time:
        append_time(message.time_ns, out);
        break;
      case Kind::node:
        out += names.node;
        break;
      case Kind::runtime:
        out += names.runtime;
        break;
      case Kind::topic:
        out += view(message.topic);
        break;
      case Kind::seq:
        append_seq(message.seq, out);
        break;
      case Kind::field:
        if (is_record) { append_field(find_field(message, part.text)); }
        break;
    }
  }
}

}  // namespace culvert
