// SPDX-License-Identifier: MIT
// The keys of a node that say what becomes of it when its plugin fails or does not return.
#include "tests/core/config/support.hpp"

#include <doctest/doctest.h>

using namespace culvert::config;

TEST_CASE("supervision: a node is tried again and a call may take 30 s, where its table does not say otherwise") {
  Problems problems;
  const Node node = read_node("", problems);
  CHECK(node.on_failure == OnFailure::retry);
  CHECK(node.hang_timeout_ns == 30'000'000'000);
  CHECK(lines(problems).empty());
}

TEST_CASE("supervision: on_failure and hang_timeout are the host's, and no options of the plugin") {
  Problems problems;
  CHECK(read_node("on_failure = \"fail\"\n", problems).on_failure == OnFailure::fail);
  CHECK(read_node("on_failure = \"ignore\"\n", problems).on_failure == OnFailure::ignore);
  const Node node = read_node("on_failure = \"retry\"\nhang_timeout = \"1500ms\"\nother = 1\n", problems);
  CHECK(node.on_failure == OnFailure::retry);
  CHECK(node.hang_timeout_ns == 1'500'000'000);
  REQUIRE(node.options.size() == 1);
  CHECK(node.options[0].key == "other");
  CHECK(lines(problems).empty());
}

TEST_CASE("supervision: what is no word, no duration or out of range is said at its place") {
  Problems problems;
  read_node("on_failure = \"retrry\"\nhang_timeout = 30\n", problems);
  read_node("hang_timeout = \"10ms\"\n", problems);
  CHECK(lines(problems) ==
        "edge.toml:3:14: node 'a': 'on_failure' must be 'retry', 'fail' or 'ignore', got 'retrry', did you mean "
        "'retry'?\n"
        "edge.toml:3:16: node 'a': 'hang_timeout' must be from 1s to 1h, got '10ms'\n"
        "edge.toml:4:16: node 'a': 'hang_timeout' must have a unit: write it with one, such as \"30s\"\n");
}
