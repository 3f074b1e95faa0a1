// SPDX-License-Identifier: MIT
/// A seccomp filter: system calls that no plugin needs, and those that this one does not, are answered with an error.
/// It lists what is refused: a call that it does not know stays possible, so that no library fails by one it came to
/// use. Main thread, before there are others.
#pragma once

#include "core/isolation/confinement.hpp"

namespace culvert::isolation {

/// Needs no_new_privs. Without filters in the kernel it does nothing. Throws std::system_error.
void confine_system_calls(const Confinement& confinement);

}  // namespace culvert::isolation
