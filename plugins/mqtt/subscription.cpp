// SPDX-License-Identifier: MIT
#include "subscription.hpp"

namespace culvert::mqtt {

std::string Subscription::how() const {
  std::string word = "qos" + std::to_string(qos);
  if (no_local) { word += "+no_local"; }
  if (retain_as_published) { word += "+retain_as_published"; }
  if (retain_handling == RetainHandling::when_new) { word += "+new"; }
  if (retain_handling == RetainHandling::never) { word += "+never"; }
  return word;
}

std::string_view fault_of_shared(std::string_view filter) {
  constexpr std::string_view wanted = "must be '$share/GROUP/FILTER', the group without '+' and '#'";
  filter.remove_prefix(std::string_view{"$share/"}.size());
  const auto end = filter.find('/');
  if (end == std::string_view::npos || end == 0 || end + 1 == filter.size()) { return wanted; }
  return filter.substr(0, end).find_first_of("+#") == std::string_view::npos ? "" : wanted;
}

}  // namespace culvert::mqtt
