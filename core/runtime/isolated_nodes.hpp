// SPDX-License-Identifier: MIT
/// Makes the nodes that run in processes of their own, each with what it may do. Main thread; it outlives them.
#pragma once

#include "core/isolation/cgroup.hpp"
#include "core/node/node_ends.hpp"
#include "core/node/node_thread.hpp"
#include "core/runtime/check.hpp"
#include "core/util/log.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace culvert {

class IsolatedNodes {
 public:
  explicit IsolatedNodes(const Log& log) : log_{log} {}

  /// `seed` tells it from other nodes. Throws std::runtime_error with one clear line when it can't be had.
  std::unique_ptr<HostedNode> make(NodeSpec spec, const CheckedNode& node, std::shared_ptr<NodeEnds> ends,
                                   uint64_t seed, uint64_t run_id, const std::function<void()>& on_change);

 private:
  void say_what_is_missing();
  const isolation::Cgroups* groups();

  const Log& log_;
  bool has_looked_ = false;  ///< at the kernel, once
  std::unique_ptr<isolation::Cgroups> groups_;
};

}  // namespace culvert
