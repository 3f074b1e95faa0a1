// SPDX-License-Identifier: MIT
#include "core/node/recent_lines.hpp"

#include <doctest/doctest.h>

namespace culvert::test {

TEST_CASE("recent lines: the last eight are there, the oldest first, each with its level") {
  RecentLines lines;
  CHECK(lines.get().empty());
  lines.add(LogLevel::warn, "no answer");
  CHECK(lines.get() == std::vector<std::string>{"warn no answer"});
  for (int number = 1; number <= 11; ++number) { lines.add(LogLevel::info, std::to_string(number)); }
  const auto kept = lines.get();
  REQUIRE(kept.size() == RecentLines::max_lines);
  CHECK(kept.front() == "info 4");
  CHECK(kept.back() == "info 11");
}

TEST_CASE("recent lines: a long one is cut, and leaves nothing to a shorter one in its place") {
  RecentLines lines;
  for (std::size_t i = 0; i < RecentLines::max_lines; ++i) { lines.add(LogLevel::error, std::string(1000, 'x')); }
  CHECK(lines.get().front() == "error " + std::string(RecentLines::max_line_bytes - 6, 'x'));
  lines.add(LogLevel::debug, "y");
  CHECK(lines.get().back() == "debug y");
}

}  // namespace culvert::test
