// SPDX-License-Identifier: MIT
#include "core/isolation/kernel.hpp"

#include <doctest/doctest.h>

namespace culvert::isolation {

TEST_CASE("isolation: what the kernel lacks is one line, and none where nothing is missing") {
  CHECK(missing_text(6, true).empty());
  CHECK(missing_text(7, true).empty());
  CHECK(missing_text(0, false) ==
        "this kernel lacks means to confine isolated nodes: Landlock (they can open every file that their user may), "
        "filters of system calls (they can make every call that their user may), Landlock for TCP (they can connect to "
        "every host), Landlock for signals (they can signal the processes of their user)");
  CHECK(missing_text(2, true) ==
        "this kernel lacks means to confine isolated nodes: Landlock for truncating files, Landlock for signals (they "
        "can signal the processes of their user)");
}

}  // namespace culvert::isolation
