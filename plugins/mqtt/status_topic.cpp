// SPDX-License-Identifier: MIT
#include "status_topic.hpp"

#include "utf8.hpp"
#include "wire.hpp"

#include <stdexcept>

namespace culvert::mqtt {

namespace {

[[noreturn]] void refuse(std::string_view pattern, std::string_view why) {
  throw std::invalid_argument{"option 'status_topic' " + std::string{why} + ", got '" + std::string{pattern} + '\''};
}

std::string expand(Host host, std::string_view pattern) {
  std::string topic;
  for (std::string_view left = pattern; !left.empty();) {
    const auto plain = left.substr(0, left.find_first_of("{}"));
    topic += plain;
    left.remove_prefix(plain.size());
    const auto starts = [&](std::string_view with, std::string_view value) {
      if (!left.starts_with(with)) { return false; }
      topic += value;
      left.remove_prefix(with.size());
      return true;
    };
    if (left.empty() || starts("{{", "{") || starts("}}", "}") || starts("{runtime}", host.runtime_name()) ||
        starts("{node}", host.node_name())) {
      continue;
    }
    refuse(pattern, "knows {runtime} and {node} only");
  }
  return topic;
}

}  // namespace

std::string make_status_topic(Host host, std::string_view pattern) {
  std::string topic = expand(host, pattern);
  if (topic.size() > 65535 || topic.find_first_of("+#") != std::string::npos || has_control(topic) || !is_utf8(topic)) {
    refuse(pattern, "must be a topic, without '+', '#' and control characters");
  }
  return topic;
}

}  // namespace culvert::mqtt
