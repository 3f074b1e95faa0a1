// SPDX-License-Identifier: MIT
/// A wall clock that a test sets: stepped_wall.cpp, linked into the program, stands for the C library's. Any thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace culvert::test {

/// Seconds by which CLOCK_REALTIME is ahead of the kernel's.
extern std::atomic<int64_t> stepped_s;

}  // namespace culvert::test
