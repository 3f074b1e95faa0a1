// SPDX-License-Identifier: MIT
#include "core/runtime/isolated_nodes.hpp"

#include "core/isolation/isolated_node.hpp"
#include "core/isolation/kernel.hpp"
#include "core/plugin/install_paths.hpp"
#include "core/runtime/confine_node.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace culvert {
namespace {

constexpr std::string_view subject = "runtime";

}  // namespace

std::unique_ptr<HostedNode> IsolatedNodes::make(NodeSpec spec, const CheckedNode& node, std::shared_ptr<NodeEnds> ends,
                                                uint64_t seed, uint64_t run_id,
                                                const std::function<void()>& on_change) {
  const std::string program = plugin::node_program_for(plugin::own_program());
  if (program.empty()) {
    throw std::runtime_error{"node '" + node.name +
                             "': isolate = true needs the program 'culvert-node', which is not installed"};
  }
  say_what_is_missing();
  spec.names.state_dir = make_state_folder(node, spec.names.state_dir);
  isolation::IsolatedSpec made{std::move(spec), node.file, seed, program};
  made.confinement = confinement_of(node, made.node.names.state_dir);
  made.allowance = {made.confinement.memory, node.limits.cpu_ns};
  if (made.allowance.memory) { made.cgroups = groups(); }
  return std::make_unique<isolation::IsolatedNode>(std::move(made), std::move(ends), run_id, log_, on_change);
}

void IsolatedNodes::say_what_is_missing() {
  if (std::exchange(has_looked_, true)) { return; }
  const std::string missing = isolation::missing_of_kernel();
  if (!missing.empty()) { log_.write(LogEvent::runtime_weak_kernel, subject, missing); }
}

const isolation::Cgroups* IsolatedNodes::groups() {
  if (groups_) { return groups_.get(); }
  groups_ = std::make_unique<isolation::Cgroups>();
  if (groups_->is_delegated()) {
    log_.write(LogEvent::runtime_memory_limits, subject,
               "the kernel limits the memory of isolated nodes too, below " + groups_->folder());
  }
  return groups_.get();
}

}  // namespace culvert
