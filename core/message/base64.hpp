// SPDX-License-Identifier: MIT
/// Bytes from base64 (RFC 4648, section 4); `append_base64` of encode.hpp is the other way. Pure, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace culvert {

/// Blanks, tabs and ends of lines between digits are passed over; nothing when it is no base64 with its padding.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace culvert
