// SPDX-License-Identifier: MIT
/// What of a running pipeline another configuration would change. Pure, any thread.
#pragma once

#include "core/runtime/check.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace culvert {

/// What becomes of a node or a route: nothing; it goes on with other settings; another takes its place; it is new; it
/// is there no more.
enum class Fate { unchanged, retuned, changed, added, removed };

constexpr std::string_view to_string(Fate fate) noexcept {
  constexpr std::string_view names[] = {"unchanged", "retuned", "changed", "new", "removed"};
  return names[static_cast<std::size_t>(fate)];
}

struct Difference {
  std::string name;
  Fate fate = Fate::unchanged;
  std::vector<std::string> what;  ///< keys of the configuration that differ, or in words why it is not left as it is
};

/// Why a node is made anew that has failed for good: who asks for a reload has removed the cause, perhaps.
inline constexpr std::string_view had_failed = "it had failed";

struct PipelineDiff {
  std::vector<Difference> nodes, routes;  ///< in the order of the new configuration, then what is removed
  std::vector<std::string> runtime;       ///< keys of [runtime]
  std::vector<std::string> fixed;         ///< of these, what can't change while it runs
  bool is_empty() const noexcept;
};

/// From `old`, which runs, to `fresh`; both are without errors.
PipelineDiff difference(const CheckedPipeline& old, const CheckedPipeline& fresh);

/// The node is made anew for that reason, if it is not already.
void renew(PipelineDiff& diff, const std::string& node, const std::string& why);

/// The route goes on with a store of its own that is another one, or was opened another way: nobody may emit meanwhile.
bool needs_refit(const Edge& old, const Edge& fresh) noexcept;

}  // namespace culvert
