// SPDX-License-Identifier: MIT
/// Of a program that made_lookups.cpp is linked into. For any thread.
#pragma once

#include <atomic>

namespace culvert::test {

/// How many lookups of "hanging.test" have begun.
extern std::atomic<unsigned> hanging_lookups;

}  // namespace culvert::test
