// SPDX-License-Identifier: MIT
/// Landlock: a process gives up all files but some, and with newer kernels TCP, devices and signals to others. By its
/// system calls, which need no library. Main thread, before there are others: each thread would keep what it has.
#pragma once

#include "core/isolation/confinement.hpp"

#include <string>

namespace culvert::isolation {

/// Needs no_new_privs. Without Landlock it does nothing. Throws std::system_error.
void confine_to_paths(const Confinement& confinement);

/// Whether a folder is one of the system's, where what one node needs lies beside what others and the box need:
/// those directly below /, those directly below /home, /usr and /var, and HOME. An absolute path without links.
bool is_system_folder(const std::string& path);

}  // namespace culvert::isolation
