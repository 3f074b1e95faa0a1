// SPDX-License-Identifier: MIT
/// One subscription, as it is wanted. MQTT 5.0, sections 3.8.3.1 and 4.8.2. For any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace culvert::mqtt {

/// Whether messages that the broker kept from before are wanted; the values are those on the wire.
enum class RetainHandling : uint8_t { always = 0, when_new = 1, never = 2 };

struct Subscription {
  std::string filter;
  uint8_t qos = 1;
  bool no_local = false, retain_as_published = false;
  RetainHandling retain_handling = RetainHandling::always;

  bool is_shared() const noexcept { return filter.starts_with("$share/"); }
  /// Whether it needs what 3.1.1 does not know.
  bool has_options() const noexcept {
    return no_local || retain_as_published || retain_handling != RetainHandling::always;
  }
  /// All but the filter, as one word: two subscriptions to a filter are the same when this is.
  std::string how() const;
};

/// What is wrong with a filter that is meant to be shared, in words; empty when nothing is.
std::string_view fault_of_shared(std::string_view filter);

}  // namespace culvert::mqtt
