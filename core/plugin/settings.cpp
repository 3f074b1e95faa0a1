// SPDX-License-Identifier: MIT
#include "core/plugin/options.hpp"

#include <algorithm>

namespace culvert::plugin {

void Settings::set(std::string key, std::string value, bool given) {
  const auto at = std::lower_bound(items_.begin(), items_.end(), key,
                                   [](const Item& item, const std::string& wanted) { return item.key < wanted; });
  if (at != items_.end() && at->key == key) {
    at->value = std::move(value);
    at->given = given;
    return;
  }
  items_.insert(at, Item{std::move(key), std::move(value), given});
}

const Settings::Item* Settings::item(std::string_view key) const noexcept {
  const auto at = std::lower_bound(items_.begin(), items_.end(), key,
                                   [](const Item& item, std::string_view wanted) { return item.key < wanted; });
  return at != items_.end() && at->key == key ? &*at : nullptr;
}

const std::string* Settings::find(std::string_view key) const noexcept {
  const Item* found = item(key);
  return found == nullptr ? nullptr : &found->value;
}

bool Settings::has(std::string_view name) const noexcept {
  return std::any_of(items_.begin(), items_.end(), [&](const Item& one) {
    const std::string_view key = one.key;
    return key.starts_with(name) && (key.size() == name.size() || key[name.size()] == '[');
  });
}

bool Settings::is_given(std::string_view key) const noexcept {
  const Item* found = item(key);
  return found != nullptr && found->given;
}

std::vector<std::string> Settings::keys(std::string_view declared) const {
  std::vector<std::string> found;
  for (const Item& one : items_) {
    std::string name;
    bool is_within = false;
    for (const char c : one.key) {
      is_within = is_within && c != ']';
      if (!is_within) { name += c; }
      is_within = is_within || c == '[';
    }
    if (name == declared) { found.push_back(one.key); }
  }
  return found;
}

std::vector<std::string> Settings::elements(std::string_view list) const {
  std::vector<std::string> found;
  for (const Item& one : items_) {
    if (!one.key.starts_with(list) || one.key.compare(list.size(), 1, "[") != 0) { continue; }
    std::string element = one.key.substr(0, one.key.find(']') + 1);
    if (found.empty() || found.back() != element) { found.push_back(std::move(element)); }
  }
  return found;
}

std::vector<std::string> Settings::differences(const Settings& other) const {
  std::vector<std::string> keys;
  const auto add_missing = [&](const Settings& one, const Settings& another, bool compares) {
    for (const Item& item : one.items_) {
      const Item* same = another.item(item.key);
      const bool differs = same == nullptr || (compares && (same->value != item.value || same->given != item.given));
      if (differs) { keys.push_back(item.key); }
    }
  };
  add_missing(*this, other, true);
  add_missing(other, *this, false);
  return keys;
}

const culvert_settings& Settings::raw() {
  entries_.clear();
  for (const Item& item : items_) {
    entries_.push_back({sizeof(culvert_setting),
                        item.given ? 1U : 0U,
                        {item.key.data(), item.key.size()},
                        {item.value.data(), item.value.size()}});
  }
  raw_ = {sizeof raw_, static_cast<uint32_t>(entries_.size()), entries_.data()};
  return raw_;
}

}  // namespace culvert::plugin
