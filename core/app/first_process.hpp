// SPDX-License-Identifier: MIT
/// Process 1 of a container, or of any other namespace of processes. A process whose parent has ended becomes its
/// child, and stays a zombie until it asks for the end of that one. A runtime can't ask for every end: its plugins wait
/// for children of their own. So process 1 does nothing else, and the runtime is its first child.
#pragma once

#include <optional>

namespace culvert {

/// Answers nothing where the program is to go on: in every process but 1, and in the child that 1 starts. In process 1
/// it answers once that child has ended, with what to exit with: its status, or 128 and the number of the signal that
/// ended it. Until then signals that others send are passed on to it. Main thread, before there is another.
std::optional<int> serve_as_first_process();

}  // namespace culvert
