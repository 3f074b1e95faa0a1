// SPDX-License-Identifier: MIT
/// What each command of the table does: from the words of a command line to the command's own file. Main thread.
#pragma once

#include "core/app/command_line.hpp"

namespace culvert {

/// Runs it, and answers the exit code. Throws UsageError, too: what fits each argument may not fit together.
int run_action(const ParsedLine& line);

}  // namespace culvert
