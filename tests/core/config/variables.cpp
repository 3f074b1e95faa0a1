// SPDX-License-Identifier: MIT
#include "core/config/variables.hpp"

#include "core/config/pipeline.hpp"
#include "tests/core/config/support.hpp"

#include <doctest/doctest.h>

using namespace culvert::config;

namespace {

std::string expanded(const std::string& text) {
  Value value{{"edge.toml", 3, 7}, text};
  Problems problems;
  expand_variables(value, problems);
  return problems.has_errors() ? lines(problems) : *value.as<std::string>();
}

const Variable full{"CULVERT_TEST_FULL", "bridge"};
const Variable hollow{"CULVERT_TEST_EMPTY", ""};
const Variable gone{"CULVERT_TEST_GONE", nullptr};
const Variable broken{"CULVERT_TEST_BROKEN", "a\xFFz"};

}  // namespace

TEST_CASE("variables: a variable's value takes its place, as often as it is named") {
  CHECK(expanded("${CULVERT_TEST_FULL}") == "bridge");
  CHECK(expanded("a ${CULVERT_TEST_FULL}-${CULVERT_TEST_FULL} z") == "a bridge-bridge z");
  CHECK(expanded("${CULVERT_TEST_EMPTY}").empty());
}

TEST_CASE("variables: a default stands in for what is not set or empty") {
  CHECK(expanded("${CULVERT_TEST_GONE:-x:-y}") == "x:-y");
  CHECK(expanded("${CULVERT_TEST_GONE:-}").empty());
  CHECK(expanded("${CULVERT_TEST_EMPTY:-x}") == "x");
  CHECK(expanded("${CULVERT_TEST_FULL:-x}") == "bridge");
  CHECK(expanded("${CULVERT_TEST_FULL:?why}") == "bridge");
}

TEST_CASE("variables: two dollars are one, and a dollar before anything else stays") {
  CHECK(expanded("$${CULVERT_TEST_FULL}") == "${CULVERT_TEST_FULL}");
  CHECK(expanded("$$$$") == "$$");
  CHECK(expanded("$SYS/# costs 5$") == "$SYS/# costs 5$");
}

TEST_CASE("variables: what is put in is not expanded again") {
  const Variable tricky{"CULVERT_TEST_TRICKY", "${CULVERT_TEST_FULL} $$"};
  CHECK(expanded("${CULVERT_TEST_TRICKY}") == "${CULVERT_TEST_FULL} $$");
}

TEST_CASE("variables: a value whose variable is not set has that one problem and no other") {
  Problems problems;
  load_text(
      "[runtime]\nlog_level = \"${CULVERT_TEST_GONE}\"\nname = \"${CULVERT_TEST_GONE}\"\nmemory = "
      "\"${CULVERT_TEST_GONE}\"\n",
      "edge.toml", problems);
  // Beside the three there is the file without a node.
  CHECK(problems.sorted().size() == 4);
  CHECK(lines(problems).find("must") == std::string::npos);
}

TEST_CASE("variables: one that is not set is an error with its place and the given reason") {
  const std::string at = "edge.toml:3:7: ";
  CHECK(expanded("${CULVERT_TEST_GONE}") == at + "variable 'CULVERT_TEST_GONE' is not set: set it, or give a default: "
                                                 "'${CULVERT_TEST_GONE:-...}'\n");
  CHECK(expanded("${CULVERT_TEST_GONE:?ask the plant}") ==
        at + "variable 'CULVERT_TEST_GONE' is not set: ask the plant\n");
  CHECK(expanded("${CULVERT_TEST_EMPTY:?ask the plant}") ==
        at + "variable 'CULVERT_TEST_EMPTY' is not set: ask the plant\n");
}

TEST_CASE("variables: what is no variable is an error") {
  const std::string at = "edge.toml:3:7: ";
  const std::string wish =
      " is no variable: write ${NAME}, ${NAME:-default} or ${NAME:?why}, or '$${' for a plain '${'\n";
  CHECK(expanded("${A") == at + "'${' has no '}': write '$${' for a plain one\n");
  CHECK(expanded("${}") == at + "'${}'" + wish);
  CHECK(expanded("${5A}") == at + "'${5A}'" + wish);
  CHECK(expanded("${A B}") == at + "'${A B}'" + wish);
  CHECK(expanded("${A:+x}") == at + "'${A:+x}'" + wish);
  CHECK(expanded("${A:-${B}}") == at + "a default or reason of variable 'A' holds a '$': one in another is not "
                                       "possible\n");
  CHECK(expanded("${CULVERT_TEST_BROKEN}") == at + "variable 'CULVERT_TEST_BROKEN' holds bytes that are no UTF-8\n");
}

TEST_CASE("variables: an expansion has an end") {
  const Variable large{"CULVERT_TEST_LARGE", std::string(100'000, 'x').c_str()};
  std::string text;
  for (int i = 0; i < 40'000; ++i) { text += "${CULVERT_TEST_LARGE}"; }
  CHECK(expanded(text) == "edge.toml:3:7: is longer than 1 MiB once its variables are put in\n");
}

TEST_CASE("variables: values are expanded at every depth, keys are not, and what came from one is marked") {
  Problems problems;
  auto root = parse_toml("\"${A}\" = [{ b = \"${CULVERT_TEST_FULL}\" }, \"$$\", 5]", "edge.toml", problems);
  REQUIRE(root);
  expand_variables(*root, problems);
  CHECK(lines(problems).empty());
  const List& list = *root->find("${A}")->as<List>();
  CHECK(*list[0].find("b")->as<std::string>() == "bridge");
  CHECK(list[0].find("b")->expanded);
  CHECK(*list[1].as<std::string>() == "$");
  CHECK_FALSE(list[1].expanded);
}
