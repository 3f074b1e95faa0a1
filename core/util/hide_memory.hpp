// SPDX-License-Identifier: MIT
/// Keeps what is in the memory of this process to itself. Main thread, before there is something.
#pragma once

#include <sys/prctl.h>

namespace culvert {

/// Settings are in it, secrets among them: from now on another process of this user can neither read it nor take a
/// descriptor of it, and a crash leaves no core. Not under AddressSanitizer, whose leak check looks in from outside.
/// Another user id makes it visible again.
inline void hide_memory() noexcept {
#ifndef __SANITIZE_ADDRESS__
  prctl(PR_SET_DUMPABLE, 0);
#endif
}

}  // namespace culvert
