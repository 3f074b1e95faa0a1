// SPDX-License-Identifier: MIT
/// Checks a node's options against its plugin's facts, and makes what `create` gets.
#pragma once

#include "core/config/pipeline.hpp"
#include "core/plugin/facts.hpp"

#include <culvert/plugin.h>

#include <string>
#include <string_view>
#include <vector>

namespace culvert::plugin {

/// Values that a list may have.
constexpr std::size_t max_elements = 1024;

/// A node's settings in canonical form, sorted by key, with the defaults filled in. Owns what it hands out.
class Settings {
 public:
  void set(std::string key, std::string value, bool given);
  /// The value of a key, or null.
  const std::string* find(std::string_view key) const noexcept;
  /// Whether an option of that name has any value; of a list any element, whatever its keys.
  bool has(std::string_view name) const noexcept;
  /// Whether the configuration names it.
  bool is_given(std::string_view key) const noexcept;
  /// The keys that a name of the facts stands for: "subscribe[0].qos" and its like for "subscribe[].qos".
  std::vector<std::string> keys(std::string_view declared) const;
  /// "subscribe[0]", "subscribe[1]" and so on, as far as they have a value.
  std::vector<std::string> elements(std::string_view list) const;
  /// The keys whose values differ, or that only one of the two has, or was given.
  std::vector<std::string> differences(const Settings& other) const;
  /// Valid until the settings change or end.
  const culvert_settings& raw();

 private:
  struct Item {
    std::string key, value;
    bool given;
  };
  const Item* item(std::string_view key) const noexcept;
  std::vector<Item> items_;
  std::vector<culvert_setting> entries_;
  culvert_settings raw_{};
};

/// The key of another option that `option`, found at `key`, names. Within a list of tables it is one of the same table.
std::string other_key(const Option& option, const std::string& key, const std::string& other);

/// All problems of one node's options in one run: unknown keys with a suggestion, wrong types, ranges, choices, missing
/// ones, wildcards in topics, unknown template names, broken rules, files that are not there or hold something else,
/// URLs. Certificates are looked into by the program `culvert-verify`, wherever it is installed.
Settings check_options(const config::Node& node, const Facts& facts, config::Problems& problems);
/// The same with the path of that program; empty when there is none.
Settings check_options(const config::Node& node, const Facts& facts, config::Problems& problems,
                       const std::string& verifier);

}  // namespace culvert::plugin
