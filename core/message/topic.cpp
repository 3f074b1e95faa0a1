// SPDX-License-Identifier: MIT
#include "core/message/topic.hpp"

#include "core/message/utf8.hpp"

#include <culvert/plugin.h>

#include <cstdint>
#include <cstring>

namespace culvert {

namespace {

/// The level at the front of `rest`, which is taken away with its '/'. `ret_last`: no '/' followed.
std::string_view take_level(std::string_view& rest, bool& ret_last) noexcept {
  const auto slash = rest.find('/');
  const std::string_view level = rest.substr(0, slash);
  ret_last = slash == std::string_view::npos;
  rest.remove_prefix(ret_last ? rest.size() : slash + 1);
  return level;
}

/// U+0001 to U+001F and U+007F to U+009F, for which a broker may end the connection (MQTT 5.0, section 1.5.4). Only for
/// UTF-8. A NUL has a text of its own.
bool has_control(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && byte != 0) || byte == 0x7F) { return true; }
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) { return true; }
  }
  return false;
}

std::string_view common_problem(std::string_view text) noexcept {
  if (text.empty()) { return "is empty"; }
  if (text.size() > CULVERT_MAX_TOPIC) { return "is longer than 65535 bytes"; }
  if (!is_utf8(text)) { return "is not UTF-8"; }
  if (has_control(text)) { return "holds a control character"; }
  return {};
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
  constexpr std::uint64_t high_bits = 0x8080808080808080U;
  while (!text.empty()) {
    std::uint64_t eight = 0;
    if (text.size() >= sizeof eight) {
      std::memcpy(&eight, text.data(), sizeof eight);
      if ((eight & high_bits) == 0) {
        text.remove_prefix(sizeof eight);
        continue;
      }
    }
    const std::size_t size = utf8_character(text);
    if (size == 0) { return false; }
    text.remove_prefix(size);
  }
  return true;
}

std::string_view topic_problem(std::string_view topic) noexcept {
  for (const char c : topic) {
    if (c == '+') { return "holds the wildcard '+'"; }
    if (c == '#') { return "holds the wildcard '#'"; }
    if (c == '\0') { return "holds a NUL"; }
  }
  return common_problem(topic);
}

std::string_view filter_problem(std::string_view filter) noexcept {
  if (const auto problem = common_problem(filter); !problem.empty()) { return problem; }
  if (filter.find('\0') != std::string_view::npos) { return "holds a NUL"; }
  for (bool last = false; !last;) {
    const std::string_view level = take_level(filter, last);
    if (level.size() > 1 && level.find('+') != std::string_view::npos) { return "has a '+' that is not a whole level"; }
    if (level.size() > 1 && level.find('#') != std::string_view::npos) { return "has a '#' that is not a whole level"; }
    if (level == "#" && !last) { return "has a '#' that is not the last level"; }
  }
  return {};
}

bool topic_matches(std::string_view filter, std::string_view topic) noexcept {
  const bool wild_start = filter.starts_with('+') || filter.starts_with('#');
  if (wild_start && topic.starts_with('$')) { return false; }
  for (bool filter_ended = false, topic_ended = false;;) {
    const std::string_view wanted = take_level(filter, filter_ended);
    if (wanted == "#") { return true; }
    const std::string_view level = take_level(topic, topic_ended);
    if (wanted != "+" && wanted != level) { return false; }
    // "sport/#" matches "sport" too: the '#' stands for the parent as well.
    if (topic_ended) { return filter_ended || filter == "#"; }
    if (filter_ended) { return false; }
  }
}

}  // namespace culvert
