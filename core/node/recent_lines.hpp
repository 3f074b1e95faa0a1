// SPDX-License-Identifier: MIT
/// The last lines that a node has logged, for who wants to know what came before a failure. Takes no memory but its
/// own, so that it works when there is none. Used by one thread at a time.
#pragma once

#include "core/util/log.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace culvert {

class RecentLines {
 public:
  static constexpr std::size_t max_lines = 8;
  static constexpr std::size_t max_line_bytes = 256;  ///< the level included; what is longer is cut

  void add(LogLevel level, std::string_view text) noexcept {
    constexpr std::string_view levels[] = {"error ", "warn ", "info ", "debug "};
    Line& line = lines_[count_ % max_lines];
    line.size = 0;
    for (const std::string_view part : {levels[static_cast<std::size_t>(level)], text}) {
      const std::size_t size = std::min(part.size(), max_line_bytes - line.size);
      std::copy_n(part.data(), size, line.text.begin() + static_cast<std::ptrdiff_t>(line.size));
      line.size += size;
    }
    ++count_;
  }
  /// The oldest first, each with its level in front: "warn no answer".
  std::vector<std::string> get() const {
    std::vector<std::string> found;
    for (std::size_t at = count_ - std::min(count_, max_lines); at < count_; ++at) {
      const Line& line = lines_[at % max_lines];
      found.emplace_back(line.text.data(), line.size);
    }
    return found;
  }

 private:
  struct Line {
    std::array<char, max_line_bytes> text;
    std::size_t size = 0;
  };
  std::array<Line, max_lines> lines_;
  std::size_t count_ = 0;  ///< ever
};

}  // namespace culvert
