// SPDX-License-Identifier: MIT
/// How a text is one word of a shell. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

namespace culvert {

/// In single quotes, as sh, bash and zsh read them.
inline std::string shell_quoted(std::string_view text) {
  std::string word = "'";
  for (const char c : text) { c == '\'' ? word.append("'\\''") : word.append(1, c); }
  return word + '\'';
}

}  // namespace culvert
