// SPDX-License-Identifier: MIT
/// What was counted and is to be told once in a while. Used by one thread.
#pragma once

#include "core/util/occasional.hpp"
#include "core/util/words.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace culvert {

/// A count that grows, and how much of it was told.
struct Loss {
  /// "3 messages", those that were not told yet, when it is time to tell; else empty.
  std::string more(uint64_t now_counted, int64_t now_ns) {
    const uint64_t fresh = now_counted - std::exchange(counted, now_counted);
    const uint64_t told = fresh == 0 ? 0 : said.count(now_ns, fresh);
    return told == 0 ? std::string{} : culvert::counted(told, "message");
  }
  uint64_t counted = 0;
  Occasional said;
};

struct NodeLosses {
  Loss bad_topics, too_large, cut_properties, half_placed, damaged;
};

}  // namespace culvert
