// SPDX-License-Identifier: MIT
/// Whether a node can run in a process of its own as its table says. Main thread.
#pragma once

#include "core/config/pipeline.hpp"
#include "core/isolation/identity.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace culvert {

/// The user that the table names: nothing when there is none, or it can't be, which is said.
std::optional<isolation::Identity> check_user(const config::Node& node, config::Problems& problems);

/// `routes` lead to the node, each over a socket of its own.
void check_files(const config::Node& node, std::size_t routes, config::Problems& problems);

/// `program` runs the nodes that the file isolates; empty when there is none.
void check_node_program(const config::Pipeline& pipeline, const std::string& program, config::Problems& problems);

}  // namespace culvert
