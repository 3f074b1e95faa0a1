// SPDX-License-Identifier: MIT
/// The parts of a pipeline: its nodes, each at the ends of its routes, and the routes. Plain structs of the pipeline's,
/// changed on the main thread only.
#pragma once

#include "core/journal/journal.hpp"
#include "core/node/hosted_node.hpp"
#include "core/node/node_ends.hpp"
#include "core/runtime/check.hpp"
#include "core/runtime/losses.hpp"

#include <cstddef>
#include <memory>

namespace culvert {

struct Station {
  std::unique_ptr<CheckedNode> made;  ///< whose settings the node uses
  std::shared_ptr<NodeEnds> ends;
  std::unique_ptr<HostedNode> node;
  bool takes = false;  ///< whether a route leads to it
  NodeLosses losses = {};

  Fanout& fanout() const noexcept { return ends->fanout; }
};

struct Joint {
  Edge edge;  ///< its indices are not of use here
  Station *from = nullptr, *to = nullptr;
  std::size_t route = 0;                ///< within the fan-out of `from`
  journal::Journal* journal = nullptr;  ///< the fan-out's; null: it has none
  Loss drops = {}, expiries = {};

  const std::string& name() const noexcept { return edge.spec.name; }
  OutletStatus status() const { return from->fanout().outlet_status(route); }
  std::size_t unsettled() const { return from->fanout().outlet_unsettled(route); }
};

}  // namespace culvert
