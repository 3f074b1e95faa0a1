// SPDX-License-Identifier: MIT
#include "core/node/state.hpp"

#include <doctest/doctest.h>

#include <set>
#include <utility>

namespace culvert::test {

TEST_CASE("state: exactly the ways of the table exist") {
  using enum NodeState;
  const std::set<std::pair<NodeState, NodeState>> ways{
      {created, starting},  {created, stopped},   {created, failed},   {starting, running},
      {starting, degraded}, {starting, stopping}, {starting, failed},  {running, degraded},
      {running, stopping},  {running, failed},    {degraded, running}, {degraded, stopping},
      {degraded, failed},   {stopping, stopped},  {stopping, failed},  {failed, starting},
  };
  for (int from = 0; from <= static_cast<int>(failed); ++from) {
    for (int to = 0; to <= static_cast<int>(failed); ++to) {
      const std::pair way{static_cast<NodeState>(from), static_cast<NodeState>(to)};
      CAPTURE(to_string(way.first));
      CAPTURE(to_string(way.second));
      CHECK(may_follow(way.first, way.second) == ways.contains(way));
    }
  }
}

}  // namespace culvert::test
