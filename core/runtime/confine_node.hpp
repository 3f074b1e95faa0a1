// SPDX-License-Identifier: MIT
/// What the process of an isolated node may do: its limits, and what the facts of its plugin need. Main thread.
#pragma once

#include "core/isolation/confinement.hpp"
#include "core/runtime/check.hpp"

#include <string>

namespace culvert {

/// `state_dir` is the folder that the plugin is told of.
isolation::Confinement confinement_of(const CheckedNode& node, const std::string& state_dir);

/// The folder that the plugin of a node is told of. With a `user` of its own it can't be the runtime's, where that user
/// may not write: then it is `state_dir`/nodes/NAME, of that user alone.
std::string state_folder_of(const CheckedNode& node, const std::string& state_dir);
/// Makes that one, and answers it. Throws std::runtime_error with one clear line.
std::string make_state_folder(const CheckedNode& node, const std::string& state_dir);

}  // namespace culvert
