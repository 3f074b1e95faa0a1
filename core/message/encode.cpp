// SPDX-License-Identifier: MIT
#include "core/message/encode.hpp"

#include "core/message/utf8.hpp"

#include <culvert/plugin.hpp>

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <string_view>

namespace culvert {

namespace {

template <class... Args>
void append_number(std::string& out, Args... args) {
  std::array<char, 40> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), args...).ptr;
  out.append(digits.data(), end);
}

/// A JSON number as well, unless it is NaN or infinite.
void append_double(double value, std::string& out) {
  const double size = std::fabs(value);
  const bool is_plain = value == 0 || (size >= 1e-5 && size < 1e15);
  append_number(out, value, is_plain ? std::chars_format::fixed : std::chars_format::scientific);
}

bool is_text(unsigned char c) noexcept { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\'; }

void append_escaped(char c, std::string& out) {
  constexpr std::string_view hex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out.append("\\u00").append(1, hex[static_cast<unsigned char>(c) >> 4]).append(1, hex[c & 15]);
  }
}

bool is_flat(Stride<culvert_field> fields) noexcept { return fields.size() == 1 && view(fields[0].name) == "value"; }

bool is_no_number(const culvert_field& field) noexcept {
  return field.type == CULVERT_F64 && !std::isfinite(field.value.f64);
}

bool is_bad(const culvert_field& field) noexcept { return field.quality == CULVERT_BAD || is_no_number(field); }

void append_json_value(const culvert_field& field, std::string& out) {
  if (field.type == CULVERT_NULL || is_no_number(field)) {
    out += "null";
  } else if (field.type == CULVERT_STRING) {
    append_json_string(view(field.value.text), out);
  } else if (field.type == CULVERT_BYTES) {
    out += '"';
    append_base64(view(field.value.text), out);
    out += '"';
  } else {
    append_value(field, out);
  }
}

/// `"value":41.2,"unit":"Cel","quality":"good"`
void append_json_members(const culvert_field& field, std::string& out) {
  out += "\"value\":";
  append_json_value(field, out);
  if (field.unit.size != 0) {
    out += ",\"unit\":";
    append_json_string(view(field.unit), out);
  }
  out += ",\"quality\":\"";
  out += is_bad(field) ? "bad" : field.quality == CULVERT_UNCERTAIN ? "uncertain" : "good";
  out += '"';
}

void append_text_value(const culvert_field& field, std::string& out) {
  append_value(field, out);
  if (field.unit.size != 0) { out.append(" ").append(view(field.unit)); }
  if (is_bad(field)) { out += " (bad)"; }
}

}  // namespace

void append_base64(std::string_view bytes, std::string& out) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (!bytes.empty()) {
    const auto byte = [&](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U; };
    const unsigned bits = byte(0) << 16 | byte(1) << 8 | byte(2);
    const std::size_t taken = bytes.size() < 3 ? bytes.size() : 3;
    for (std::size_t i = 0; i < 4; ++i) { out += i <= taken ? alphabet[bits >> (18 - 6 * i) & 63] : '='; }
    bytes.remove_prefix(taken);
  }
}

void append_json_string(std::string_view text, std::string& out) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  out += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_text(static_cast<unsigned char>(text[plain]))) { ++plain; }
    out.append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty()) { break; }
    const std::size_t size = utf8_character(text);
    if (size == 0) {
      out += replacement;
    } else if (size == 1) {
      append_escaped(text[0], out);
    } else {
      out.append(text.data(), size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  out += '"';
}

void append_value(const culvert_field& field, std::string& out) {
  switch (field.type) {
    case CULVERT_BOOL:
      out += field.value.boolean == 0 ? "false" : "true";
      return;
    case CULVERT_I64:
      append_number(out, field.value.i64);
      return;
    case CULVERT_U64:
      append_number(out, field.value.u64);
      return;
    case CULVERT_F64:
      append_double(field.value.f64, out);
      return;
    case CULVERT_STRING:
      out += view(field.value.text);
      return;
    case CULVERT_BYTES:
      append_base64(view(field.value.text), out);
      return;
    default:
      out += '-';
  }
}

void append_time(int64_t time_ns, std::string& out) {
  using std::chrono::floor;
  const std::chrono::sys_time<std::chrono::nanoseconds> time{std::chrono::nanoseconds{time_ns}};
  // From milliseconds on, because the first day that 64 bits of nanoseconds reach begins before they do.
  const auto ms = floor<std::chrono::milliseconds>(time);
  const auto day = floor<std::chrono::days>(ms);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{ms - day};
  // The years of 64 bits of nanoseconds, 1677 to 2262, have four digits.
  char text[] = "0000-00-00T00:00:00.000Z";
  const auto put = [&](std::size_t last, auto number) {
    for (auto rest = static_cast<unsigned>(number); rest != 0; rest /= 10) {
      text[last--] = static_cast<char>('0' + rest % 10);
    }
  };
  put(3, static_cast<int>(date.year()));
  put(6, static_cast<unsigned>(date.month()));
  put(9, static_cast<unsigned>(date.day()));
  put(12, clock.hours().count());
  put(15, clock.minutes().count());
  put(18, clock.seconds().count());
  put(22, clock.subseconds().count());
  out.append(text, sizeof text - 1);
}

void encode_json(const culvert_message& record, std::string& out) {
  const auto fields = MessageView{record}.fields();
  out += json_time_key;
  append_time(record.time_ns, out);
  out += '"';
  if ((record.flags & CULVERT_TIME_UNSYNCED) != 0) { out += json_unsynced; }
  if (is_flat(fields)) {
    out += ',';
    append_json_members(fields[0], out);
  } else {
    for (uint32_t i = 0; i < fields.size(); ++i) {
      const std::string_view name = view(fields[i].name);
      out += ',';
      append_json_string(name == "time" ? "time_" : name, out);
      out += ":{";
      append_json_members(fields[i], out);
      out += '}';
    }
  }
  out += '}';
}

void encode_text(const culvert_message& record, std::string& out) {
  const auto fields = MessageView{record}.fields();
  if (is_flat(fields)) { return append_text_value(fields[0], out); }
  for (uint32_t i = 0; i < fields.size(); ++i) {
    if (i > 0) { out += ' '; }
    out.append(view(fields[i].name)).append("=");
    append_text_value(fields[i], out);
  }
}

}  // namespace culvert
