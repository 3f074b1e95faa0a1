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

}  // namespace culvert
