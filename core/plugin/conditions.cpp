// SPDX-License-Identifier: MIT
#include "core/plugin/conditions.hpp"

#include "core/plugin/option_value.hpp"

#include <algorithm>
#include <string_view>

namespace culvert::plugin {
namespace {

/// The list whose elements a condition is about; empty when it looks at one value, or at the list as a whole.
std::string_view list_of(const When& when, const Settings& settings) {
  const std::string_view option = when.option;
  const std::size_t brackets = option.find("[].");
  if (brackets != std::string_view::npos) { return option.substr(0, brackets); }
  const bool is_list = !when.is_of_presence() && settings.find(option) == nullptr && settings.has(option);
  return is_list ? option : std::string_view{};
}

/// "subscribe[0].qos", where the condition is about "subscribe[].qos" and the element is "subscribe[0]".
std::string key_in(const std::string& element, const When& when) {
  const std::size_t brackets = when.option.find("[].");
  return brackets == std::string::npos ? element : element + when.option.substr(brackets + 2);
}

/// Null: there is no value.
bool fits_value(const When& when, const std::string* value) {
  if (when.is_of_presence()) { return (value != nullptr) != when.is_absent; }
  if (value == nullptr) { return false; }
  if (!when.pattern.empty()) { return is_found(when.pattern, *value) != when.is_unlike; }
  return std::find(when.canonical.begin(), when.canonical.end(), *value) != when.canonical.end();
}

bool fits_alone(const When& when, const Settings& settings) {
  if (when.is_of_presence()) { return settings.has(when.option) != when.is_absent; }
  return fits_value(when, settings.find(when.option));
}

/// The elements for which all conditions on the list hold.
std::vector<std::string> fitting(const std::vector<When>& all, std::string_view list, const Settings& settings) {
  std::vector<std::string> elements = settings.elements(list);
  const auto is_unfit = [&](const std::string& element) {
    return std::any_of(all.begin(), all.end(), [&](const When& when) {
      return list_of(when, settings) == list && !fits_value(when, settings.find(key_in(element, when)));
    });
  };
  elements.erase(std::remove_if(elements.begin(), elements.end(), is_unfit), elements.end());
  return elements;
}

}  // namespace

std::vector<Fit> fits(const std::vector<When>& all, const Settings& settings) {
  std::vector<Fit> ways{Fit(all.size())};
  bool is_first = true;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string_view list = list_of(all[i], settings);
    if (list.empty()) {
      if (!fits_alone(all[i], settings)) { return {}; }
      for (Fit& way : ways) { way[i] = all[i].option; }
      continue;
    }
    // Its elements were chosen with the first condition on it.
    if (!ways.front()[i].empty()) { continue; }
    std::vector<std::string> elements = fitting(all, list, settings);
    if (elements.empty()) { return {}; }
    if (is_first) { ways.resize(elements.size(), ways.front()); }
    is_first = false;
    for (std::size_t way = 0; way < ways.size(); ++way) {
      const std::string& element = elements[std::min(way, elements.size() - 1)];
      for (std::size_t other = i; other < all.size(); ++other) {
        if (list_of(all[other], settings) == list) { ways[way][other] = key_in(element, all[other]); }
      }
    }
  }
  return ways;
}

bool holds(const std::vector<When>& all, const Settings& settings) { return !fits(all, settings).empty(); }

}  // namespace culvert::plugin
