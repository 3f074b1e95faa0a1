// SPDX-License-Identifier: MIT
/// What the kernel has of the means by which children are confined, and what it lacks. Any thread.
#pragma once

#include <string>

namespace culvert::isolation {

/// The version of Landlock that it has: 0 is none.
int landlock_version() noexcept;

/// Whether it has filters of system calls (seccomp).
bool can_filter_system_calls() noexcept;

/// One line for people; empty when nothing is missing.
std::string missing_of_kernel();

/// The same of what was found. `landlock` is its version, 0 for none.
std::string missing_text(int landlock, bool has_filters);

}  // namespace culvert::isolation
