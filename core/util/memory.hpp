// SPDX-License-Identifier: MIT
/// What is held back of memory, as a journal holds back a ballast of its disk: the first allocation that finds none
/// gets it, so that what is under way can end, and until it could be put aside again nothing new is taken in. It is
/// address space that nobody has touched, and so helps against limits of that and of what may be promised, not against
/// what the kernel ends a process for. For the whole process; any thread.
#pragma once

#include <cstddef>

namespace culvert {

/// How much that is. With the same again to spare it is put aside anew.
inline constexpr std::size_t held_back_bytes = 1 << 20;

/// Puts it aside, and has `operator new` give it out. Once, before there are threads; without it memory is never short.
void hold_back_memory() noexcept;

/// Gives it out. False when that was done already: then there is none.
bool give_out_memory() noexcept;

/// Gives the system what the heap holds and nobody uses: after work that comes once and takes much, as the start does.
void give_back_free_memory() noexcept;

/// Whether it is given out. Tries to put it aside again, a few times a second.
bool is_memory_short() noexcept;

}  // namespace culvert
