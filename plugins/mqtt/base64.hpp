// SPDX-License-Identifier: MIT
/// Base64 (RFC 4648, section 4). Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace culvert::mqtt {

/// With padding, on one line.
std::string to_base64(std::string_view bytes);
/// The bytes that a text stands for, white space left out; nothing when it is none. Padding may be missing.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace culvert::mqtt
