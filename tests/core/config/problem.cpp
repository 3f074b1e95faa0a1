// SPDX-License-Identifier: MIT
#include "core/config/problem.hpp"

#include "tests/core/config/support.hpp"

#include <doctest/doctest.h>

using namespace culvert::config;

TEST_CASE("problem: a line names place, severity and text") {
  CHECK(to_string(Problem{{"edge.toml", 14, 3}, Severity::error, "is wrong"}) == "edge.toml:14:3: is wrong");
  CHECK(to_string(Problem{{"edge.toml", 14, 3}, Severity::warning, "is odd"}) == "edge.toml:14:3: warning: is odd");
  CHECK(to_string(Problem{{"edge.toml", 0, 0}, Severity::error, "is not there"}) == "edge.toml: is not there");
  CHECK(to_string(Problem{{}, Severity::error, "no file"}) == "no file");
}

TEST_CASE("problem: problems are sorted by file as given, then line, then column") {
  Problems problems;
  problems.add_file("b.toml");
  problems.error({"a.toml", 1, 1}, "five");
  problems.error({"b.toml", 10, 2}, "four");
  problems.warning({"b.toml", 10, 1}, "three");
  problems.error({"b.toml", 9, 7}, "two");
  problems.error({"b.toml", 0, 0}, "one");
  CHECK(lines(problems) ==
        "b.toml: one\nb.toml:9:7: two\nb.toml:10:1: warning: three\nb.toml:10:2: four\na.toml:1:1: five\n");
}

TEST_CASE("problem: a warning is no error") {
  Problems problems;
  CHECK_FALSE(problems.has_errors());
  problems.warning({"a.toml", 1, 1}, "odd");
  CHECK_FALSE(problems.has_errors());
  problems.error({"a.toml", 1, 1}, "wrong");
  CHECK(problems.has_errors());
}

TEST_CASE("problem: the nearest known word is suggested, a far one is not") {
  const std::vector<std::string_view> keys{"from", "to", "filter", "topic", "max_messages", "max_bytes", "when_full"};
  CHECK(nearest("form", keys) == "from");
  CHECK(nearest("tpoic", keys) == "topic");
  CHECK(nearest("topics", keys) == "topic");
  CHECK(nearest("fliter", keys) == "filter");
  CHECK(nearest("Max-Messages", keys) == "max_messages");
  CHECK(nearest("max_byte", keys) == "max_bytes");
  CHECK(nearest("ot", keys) == "to");
  CHECK(nearest("durable", keys).empty());
  CHECK(nearest("x", keys).empty());
  CHECK(nearest("", keys).empty());
  CHECK(nearest(std::string(100'000, 'x'), keys).empty());
  CHECK(nearest("from", {}).empty());
}

TEST_CASE("problem: a suggestion is a question, or nothing") {
  CHECK(suggestion("form", {"from", "to"}) == ", did you mean 'from'?");
  CHECK(suggestion("weather", {"from", "to"}).empty());
}
