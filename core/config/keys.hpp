// SPDX-License-Identifier: MIT
/// The host's own keys: the one list of them. The reader takes keys, ranges and words from here, and the schema and
/// the explanation of a configuration are made of it. Constant; any thread.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace culvert::config {

enum class KeyType {
  boolean,
  choice,  ///< one of `words`
  duration,
  encoding,  ///< "json", "text" or a template
  filter,    ///< of topics
  integer,
  name,
  path,
  size,
  table,  ///< with the keys of `below`
  text,
  topic,  ///< a template that makes one
};

/// A range as people write it: {"0s", "1s", "ms"}. `unit` is proposed where a number has none.
struct Range {
  std::string_view min, max;
  std::string_view unit = {};
};

struct Key {
  std::string_view name;
  KeyType type = KeyType::boolean;
  std::string_view help;            ///< one line, for people
  std::string_view otherwise = {};  ///< its value where it is not given, as a file would write it, without quotes
  std::string_view in_words = {};   ///< what that value is where the system or another key makes it
  Range range = {};                 ///< of durations, integers and sizes
  std::span<const std::string_view> words = {};
  std::span<const Key> below = {};  ///< of a table, or of one that may stand for true
  bool required = false;
  bool list = false;           ///< one value or a list of different ones
  std::string_view with = {};  ///< of use only while that key of the same table is true
};

using Keys = std::span<const Key>;

Keys runtime_keys() noexcept;
/// What a node's table may hold beside the options of its plugin.
Keys node_keys() noexcept;
Keys route_keys() noexcept;

/// The key of that name, or null.
const Key* find_key(Keys keys, std::string_view name) noexcept;

std::vector<std::string_view> names_of(Keys keys);

}  // namespace culvert::config
