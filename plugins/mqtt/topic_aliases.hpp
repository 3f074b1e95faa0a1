// SPDX-License-Identifier: MIT
/// Topics that the broker knows by a number on this connection: the first ones that were published to. With more topics
/// than numbers those keep theirs, since most publish to all of their topics in turn. MQTT 5.0, section 3.3.2.3.4. Used
/// on the relay's thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace culvert::mqtt {

class TopicAliases {
 public:
  static constexpr uint16_t most = 64;
  /// In bytes. An alias costs three.
  static constexpr std::size_t shortest_topic = 4, longest_topic = 1024;

  struct Use {
    uint16_t alias = 0;     ///< 0: the topic has none
    bool is_known = false;  ///< else it has to be sent once more, with the alias
  };

  /// `maximum`: what the broker allows.
  explicit TopicAliases(uint16_t maximum) noexcept : maximum_{std::min(maximum, most)} {}
  Use use(std::string_view topic) {
    if (const auto found = aliases_.find(topic); found != aliases_.end()) { return {found->second, true}; }
    const bool suits = topic.size() >= shortest_topic && topic.size() <= longest_topic;
    if (!suits || aliases_.size() >= maximum_) { return {}; }
    const auto alias = static_cast<uint16_t>(aliases_.size() + 1);
    aliases_.emplace(topic, alias);
    return {alias, false};
  }

 private:
  uint16_t maximum_;
  std::map<std::string, uint16_t, std::less<>> aliases_;
};

}  // namespace culvert::mqtt
