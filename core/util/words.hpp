// SPDX-License-Identifier: MIT
/// Words for people. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace culvert {

/// "1 message", "2 messages".
inline std::string counted(uint64_t count, std::string_view noun) {
  return std::to_string(count) + ' ' + std::string{noun} + (count == 1 ? "" : "s");
}

/// 2 words at most: "12 s", "3 min 4 s", "2 h 13 min", "5 d 3 h".
std::string duration_text(double seconds);

}  // namespace culvert
