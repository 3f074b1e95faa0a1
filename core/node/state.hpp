// SPDX-License-Identifier: MIT
/// The states of a node and the ways between them. Pure, any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace culvert {

/// created -> starting -> running <-> degraded -> stopping -> stopped, and from each but the last `failed`, from which
/// a new instance is `starting`.
enum class NodeState : uint8_t { created, starting, running, degraded, stopping, stopped, failed };

constexpr bool may_follow(NodeState from, NodeState to) noexcept {
  using enum NodeState;
  if (from == stopped) { return false; }
  if (from == failed) { return to == starting; }
  switch (to) {
    case created:
      return false;
    case starting:
      return from == created;
    case running:
      return from == starting || from == degraded;
    case degraded:
      return from == starting || from == running;
    case stopping:
      return from == starting || from == running || from == degraded;
    case stopped:
      return from == stopping || from == created;
    case failed:
      return true;
  }
  return false;
}

constexpr std::string_view to_string(NodeState state) noexcept {
  constexpr std::string_view names[] = {"created", "starting", "running", "degraded", "stopping", "stopped", "failed"};
  return names[static_cast<std::size_t>(state)];
}

}  // namespace culvert
