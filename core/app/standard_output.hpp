// SPDX-License-Identifier: MIT
/// What a command says to people and programs, and whether it arrived: a file that lacks its end must not pass for
/// whole.
#pragma once

#include <string>

namespace culvert {

/// Writes what stdout still holds. Why not all that was ever written to it is there, or nothing. One thread.
std::string stdout_trouble();

}  // namespace culvert
