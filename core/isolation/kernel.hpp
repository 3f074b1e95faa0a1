// SPDX-License-Identifier: MIT
/// What the kernel lacks of the means by which children are confined. Any thread.
#pragma once

#include <string>

namespace culvert::isolation {

/// One line for people; empty when nothing is missing.
std::string missing_of_kernel();

/// The same of what was found. `landlock` is its version, 0 for none.
std::string missing_text(int landlock, bool has_filters);

}  // namespace culvert::isolation
