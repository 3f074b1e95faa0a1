// SPDX-License-Identifier: MIT
// What `content` says that a text holds.
#include "core/message/template.hpp"
#include "core/message/topic.hpp"
#include "core/plugin/option_host.hpp"
#include "core/plugin/option_value.hpp"
#include "core/plugin/sample_topic.hpp"

#include <cstdint>

namespace culvert::plugin {
namespace {

/// U+0001 to U+001F and U+007F to U+009F, in UTF-8.
bool has_control(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if (byte < 0x20 || byte == 0x7F) { return true; }
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<uint8_t>(text[i + 1]) < 0xA0) { return true; }
  }
  return false;
}

}  // namespace

std::string content_problem(const Option& option, const std::string& text) {
  if (option.content == "regex") {
    const std::string why = regex_problem(text, option.groups);
    return why.empty() ? why : "must be a POSIX extended regular expression, and " + ticked(text) + " " + why;
  }
  if (option.content == "text") { return has_control(text) ? "holds a control character" : ""; }
  if (option.content == "host") {
    const bool is_host = is_ipv6(text) || host_problem(text).empty();
    return is_host ? "" : "must be the name of a host or an IP address, got " + ticked(text);
  }
  if (option.content == "interface") {
    const bool is_one = is_ipv4(text) || is_ipv6(text) || is_interface_name(text);
    return is_one ? "" : "must be an IP address of this box or the name of an interface, got " + ticked(text);
  }
  if (option.content != "topic") { return {}; }
  const std::string_view why = topic_problem(sample_topic(Template{text}, "name", "name", "topic"));
  return why.empty() ? std::string{} : "must make a topic: " + ticked(text) + " " + std::string{why};
}

}  // namespace culvert::plugin
