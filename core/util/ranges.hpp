// SPDX-License-Identifier: MIT
/// A set of numbers, kept as ranges that don't touch. Used by one thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>

namespace culvert {

class Ranges {
 public:
  using Map = std::map<uint64_t, uint64_t>;  ///< first to last, both in the range

  /// `last` must be below UINT64_MAX.
  void add(uint64_t first, uint64_t last) {
    auto next = ranges_.upper_bound(first);
    if (next != ranges_.begin()) {
      const auto before = std::prev(next);
      if (before->second + 1 >= first) {
        first = before->first;
        last = std::max(last, before->second);
        take(before);
      }
    }
    while (next != ranges_.end() && next->first <= last + 1) {
      last = std::max(last, next->second);
      next = take(next);
    }
    ranges_.emplace(first, last);
    count_ += last - first + 1;
  }

  void remove(uint64_t first, uint64_t last) {
    auto at = ranges_.upper_bound(first);
    if (at != ranges_.begin()) { --at; }
    while (at != ranges_.end() && at->first <= last) {
      const auto [begin, end] = *at;
      if (end < first) {
        ++at;
        continue;
      }
      at = take(at);
      if (begin < first) { put(begin, first - 1); }
      if (end > last) { put(last + 1, end); }
    }
  }

  bool contains(uint64_t number) const noexcept {
    const auto next = ranges_.upper_bound(number);
    return next != ranges_.begin() && std::prev(next)->second >= number;
  }
  bool empty() const noexcept { return ranges_.empty(); }
  /// How many numbers there are.
  uint64_t count() const noexcept { return count_; }
  const Map& all() const noexcept { return ranges_; }
  void clear() noexcept {
    ranges_.clear();
    count_ = 0;
  }

 private:
  Map::iterator take(Map::iterator at) noexcept {
    count_ -= at->second - at->first + 1;
    return ranges_.erase(at);
  }
  void put(uint64_t first, uint64_t last) {
    ranges_.emplace(first, last);
    count_ += last - first + 1;
  }

  Map ranges_;
  uint64_t count_ = 0;
};

}  // namespace culvert
