// SPDX-License-Identifier: MIT
/// Refuses text that would drive the TOML parser into deep recursion, before the parser sees it. Any thread.
#pragma once

#include "core/config/problem.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace culvert::config {

constexpr size_t max_file_bytes = size_t{1} << 20;
constexpr size_t max_key_parts = 16;
constexpr size_t max_levels = 64;

struct ScanError {
  uint32_t line = 0;  ///< 0: the file as a whole
  uint32_t column = 0;
  std::string text;
};

/// The first breach of a limit, invalid UTF-8 or NUL; nothing when the parser may have the text.
std::optional<ScanError> prescan(std::string_view text);

/// Whether `text` is well-formed UTF-8 without NUL.
bool is_text(std::string_view text) noexcept;

}  // namespace culvert::config
