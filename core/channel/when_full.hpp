// SPDX-License-Identifier: MIT
/// What a route's queue does when it is full, whatever is written. Pure, any thread.
#pragma once

#include "core/channel/fanout.hpp"

namespace culvert {

/// A route that is not required delays nobody: it drops what finds it full.
inline WhenFull when_full_of(const RouteSpec& spec) noexcept {
  const WhenFull written = spec.limits.when_full;
  return !spec.required && written == WhenFull::block ? WhenFull::drop_newest : written;
}

}  // namespace culvert
