// SPDX-License-Identifier: MIT
#include "core/plugin/option_value.hpp"
#include "tests/core/plugin/checked.hpp"

using culvert::plugin::regex_problem;

TEST_CASE("options: a regular expression is one as regcomp(3) takes it, with its groups") {
  CHECK(regex_problem("^MemAvailable: +([0-9]+)", 1).empty());
  CHECK(regex_problem("a", 0).empty());
  CHECK(regex_problem("a", 1) == "has no group '(...)'");
  CHECK(regex_problem("(a)", 2) == "has 1 of the 2 groups '(...)' that it needs");
  CHECK(regex_problem("([0-9", 1).starts_with("is none: unmatched ["));
  CHECK(regex_problem("(a", 1).starts_with("is none: unmatched ("));
  CHECK(regex_problem("(*a", 0).starts_with("is none: "));
  CHECK(regex_problem("(\\d+)", 1) == "has '\\d', write '[0-9]'");
  CHECK(regex_problem("(\\\\d)", 1).empty());
}

TEST_CASE("options: repetitions of repetitions are refused before they fill the memory") {
  CHECK(regex_problem("([0-9]{1,3})(\\.[0-9]{1,3}){3}", 1).empty());
  CHECK(regex_problem("[]{}]{1,30}[^]{9999}]", 0).empty());
  CHECK(regex_problem("a{2,}b{,3}", 0).empty());
  CHECK(regex_problem("(a{1,1000}){1,100}", 0) == "repeats repetitions too often");
  CHECK(regex_problem("x|(((a{1,255}){1,255}){1,255}){1,255}", 0) == "repeats repetitions too often");
  CHECK(regex_problem("((((((((((a{9}){9}){9}){9}){9}){9}){9}){9}){9}){9})", 0) == "repeats repetitions too often");
}

TEST_CASE("options: an option that holds a regular expression is checked as one") {
  const std::string facts =
      "id = \"demo\"\nversion = \"1\"\nsummary = \"x\"\nroles = [\"sink\"]\naccepts = [\"payload\"]\n[option]\n"
      "pattern = { type = \"string\", help = \"x\", content = \"regex\", groups = 1 }\n";
  CHECK(culvert::test::check_with(facts, "pattern = '(a)'").problems.empty());
  CHECK(culvert::test::check_with(facts, "pattern = '(a'").problems ==
        "edge.toml:1:11: node 'cloud': option 'pattern' must be a POSIX extended regular expression, and '(a' is none: "
        "unmatched ( or \\(");
}
