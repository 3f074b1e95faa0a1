// SPDX-License-Identifier: MIT
/// Plugins of which several instances live one after another, each knowing which it is.
#pragma once

#include "tests/core/node/rig.hpp"

#include <array>
#include <atomic>

namespace culvert::test {

/// How many instances of the class under test were made.
inline std::atomic<int>& lives() {
  static std::atomic<int> count{0};
  return count;
}

struct Retrying : Rig {
  Retrying() {
    lives() = 0;
    on_failure = OnFailure::retry;
  }
};

/// What the instances of a test have of their host.
inline std::array<const culvert_host*, 8>& hosts() {
  static std::array<const culvert_host*, 8> kept;
  return kept;
}

class Lives : public culvert::Node {
 public:
  explicit Lives(Host host) : Node{host}, life{++lives()} { hosts().at(static_cast<std::size_t>(life)) = host.raw(); }
  const int life;
};

/// Whether an instance of the node fails within 30 s. The next one may run by then.
inline bool fails(Rig& rig, NodeThread& node) {
  const int64_t deadline_ns = monotonic_ns() + 30 * one_second_ns;
  std::size_t known = 0;
  while (!node.status().last_failure && monotonic_ns() < deadline_ns) { rig.seen.has(++known); }
  return node.status().last_failure.has_value();
}

}  // namespace culvert::test
