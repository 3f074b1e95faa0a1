// SPDX-License-Identifier: MIT
#include "core/util/words.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace culvert {

std::string duration_text(double seconds) {
  constexpr std::array<std::pair<const char*, int64_t>, 4> units{{{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}}};
  auto left = static_cast<int64_t>(std::clamp(seconds, 0.0, 1e15));
  std::string text;
  int words = 0;
  for (const auto& [name, length] : units) {
    const int64_t count = std::exchange(left, left % length) / length;
    if (words == 0 && count == 0 && length > 1) { continue; }
    if (++words > 2) { break; }
    text += (text.empty() ? "" : " ") + std::to_string(count) + ' ' + name;
  }
  return text;
}

}  // namespace culvert
