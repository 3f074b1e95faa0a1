// SPDX-License-Identifier: MIT
/// Where things are, seen from a program's own path: in the build folder, or as installed under whatever prefix. Any
/// thread.
#pragma once

#include <string>

namespace culvert::plugin {

/// The folder of the plugins for a program at `program`: `B/plugins` for `B/core/app/culvert` where that is there, else
/// where the package puts them.
std::string plugin_folder_for(const std::string& program);

/// The verifier for a program at `program`, or empty.
std::string verifier_for(const std::string& program);

/// The program that runs isolated nodes for a program at `program`, or empty.
std::string node_program_for(const std::string& program);

/// The path of the running program.
std::string own_program();

}  // namespace culvert::plugin
