// SPDX-License-Identifier: MIT
#include "line.hpp"

#include "escape.hpp"

#include <stdexcept>

namespace culvert::console {
namespace {

constexpr std::string_view dim = "\x1b[2m";
constexpr std::string_view cyan = "\x1b[36m";
constexpr std::string_view red = "\x1b[31m";
constexpr std::string_view plain = "\x1b[0m";

bool has_bad_value(MessageView message) noexcept {
  for (uint32_t i = 0; i < message.fields().size(); ++i) {
    if (message.fields()[i].quality == CULVERT_BAD) { return true; }
  }
  return false;
}

}  // namespace

Format format_of(std::string_view name) {
  if (name == "text") { return Format::text; }
  if (name == "json") { return Format::json; }
  if (name == "pretty") { return Format::pretty; }
  throw std::invalid_argument{"option 'format' must be text, json or pretty, got '" + std::string{name} + "'"};
}

LineMaker::LineMaker(Host host, Format format, std::string_view prefix, bool colour)
    : host_{host}, format_{format}, colour_{colour} {
  append_escaped(prefix, prefix_);
}

void LineMaker::append(MessageView message, std::string& out) const {
  switch (format_) {
    case Format::text:
      out += prefix_;
      append_body(message, out);
      break;
    case Format::json:
      append_json(message, out);
      break;
    case Format::pretty:
      append_pretty(message, out);
      break;
  }
  out += '\n';
}

void LineMaker::append_body(MessageView message, std::string& out) const {
  if (message.is_record()) {
    append_escaped(host_.encode(CULVERT_ENCODE_TEXT, message), out);
  } else {
    append_escaped(message.payload(), out);
  }
}

void LineMaker::append_pretty(MessageView message, std::string& out) const {
  const auto paint = [&](std::string_view colour) {
    if (colour_) { out += colour; }
  };
  out += prefix_;
  paint(dim);
  out += host_.render("{time}", message);
  paint(plain);
  out += ' ';
  paint(cyan);
  append_escaped(message.topic(), out);
  paint(plain);
  out += ' ';
  const bool bad = message.is_record() && has_bad_value(message);
  if (bad) { paint(red); }
  append_body(message, out);
  if (bad) { paint(plain); }
}

void LineMaker::append_json(MessageView message, std::string& out) const {
  out += R"({"topic":)";
  append_json_string(message.topic(), out);
  out += R"(,"time":)";
  append_json_string(host_.render("{time}", message), out);
  out += R"(,"retained":)";
  out += (message.flags() & CULVERT_RETAINED) != 0 ? "true" : "false";
  if ((message.flags() & CULVERT_TIME_UNSYNCED) != 0) { out += R"(,"time_unsynced":true)"; }
  if (message.is_record()) {
    out += R"(,"record":)";
    append_safe_json(host_.encode(CULVERT_ENCODE_JSON, message), out);
  } else if (is_utf8(message.payload())) {
    out += R"(,"payload":)";
    append_json_string(message.payload(), out);
  } else {
    out += R"(,"payload_base64":")";
    append_base64(message.payload(), out);
    out += '"';
  }
  // A list of pairs, for a name may stand in a message more than once.
  const char* before = R"(,"properties":[[)";
  for (uint32_t i = 0; i < message.properties().size(); ++i) {
    out += before;
    append_json_string(view(message.properties()[i].name), out);
    out += ',';
    append_json_string(view(message.properties()[i].value), out);
    before = "],[";
  }
  if (message.properties().size() != 0) { out += "]]"; }
  out += '}';
}

}  // namespace culvert::console
