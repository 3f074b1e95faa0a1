// SPDX-License-Identifier: MIT
#include "core/util/ranges.hpp"

#include <doctest/doctest.h>

#include <random>
#include <set>

namespace culvert::test {

TEST_CASE("ranges: what touches becomes one, and what is taken out leaves two") {
  Ranges ranges;
  ranges.add(5, 7);
  ranges.add(1, 2);
  CHECK(ranges.all() == Ranges::Map{{1, 2}, {5, 7}});
  ranges.add(3, 4);
  CHECK(ranges.all() == Ranges::Map{{1, 7}});
  ranges.remove(4, 5);
  CHECK(ranges.all() == Ranges::Map{{1, 3}, {6, 7}});
  CHECK(ranges.count() == 5);
  CHECK(ranges.contains(3));
  CHECK_FALSE(ranges.contains(4));
  CHECK_FALSE(ranges.contains(0));
}

TEST_CASE("ranges: over many random changes they are a set of numbers, whose ranges never touch") {
  std::mt19937 random{7};
  Ranges ranges;
  std::set<uint64_t> model;
  for (int round = 0; round < 20'000; ++round) {
    const uint64_t first = random() % 64, last = first + random() % 8;
    const bool adds = random() % 2 == 0;
    adds ? ranges.add(first, last) : ranges.remove(first, last);
    for (uint64_t number = first; number <= last; ++number) {
      if (adds) {
        model.insert(number);
      } else {
        model.erase(number);
      }
    }
    REQUIRE(ranges.count() == model.size());
    uint64_t before = UINT64_MAX - 1;
    std::set<uint64_t> found;
    for (const auto& [begin, end] : ranges.all()) {
      REQUIRE((found.empty() || begin > before + 1));
      for (uint64_t number = begin; number <= end; ++number) { found.insert(number); }
      before = end;
    }
    REQUIRE(found == model);
    const uint64_t asked = random() % 80;
    REQUIRE(ranges.contains(asked) == model.contains(asked));
  }
}

}  // namespace culvert::test
