// SPDX-License-Identifier: MIT
// `isolate` of a node, and the limits that it may hold.
#include "tests/core/config/support.hpp"

#include <doctest/doctest.h>

using namespace culvert::config;

TEST_CASE("isolate: a table of limits means a process of its own, and what it does not give has no limit") {
  Problems problems;
  CHECK_FALSE(read_node("", problems).isolate);
  CHECK_FALSE(read_node("isolate = false\n", problems).isolate);
  const Node plain = read_node("isolate = true\n", problems);
  CHECK(plain.isolate);
  CHECK_FALSE(plain.limits.memory.has_value());
  CHECK_FALSE(plain.limits.files.has_value());
  CHECK_FALSE(plain.limits.cpu_ns.has_value());
  CHECK_FALSE(plain.limits.user.has_value());
  const Node all =
      read_node("isolate = { memory = \"64MiB\", files = 64, cpu = \"10s\", user = \"edge\" }\n", problems);
  CHECK(all.isolate);
  CHECK(all.limits.memory == 64 << 20);
  REQUIRE(all.limits.files.has_value());
  CHECK(all.limits.files->value == 64);
  CHECK(all.limits.cpu_ns == 10'000'000'000);
  REQUIRE(all.limits.user.has_value());
  CHECK(all.limits.user->name == "edge");
  CHECK(all.options.empty());
  CHECK(read_node("isolate.memory = \"1GiB\"\n", problems).limits.memory == 1 << 30);
  CHECK(lines(problems).empty());
}

TEST_CASE("isolate: what is wrong with it is said at its place, with the floor below which no process gets") {
  Problems problems;
  read_node("isolate = \"yes\"\n", problems);
  read_node("isolate = { memory = \"1MiB\", files = 3, cpu = 10, user = 1000, memmory = 1 }\n", problems);
  CHECK(lines(problems) ==
        "edge.toml:3:11: node 'a': 'isolate' must be true, false or a table of limits such as { memory = \"64MiB\" }, "
        "got text\n"
        "edge.toml:3:22: node 'a': 'isolate': 'memory' must be from 16MiB to 1TiB, got '1MiB'\n"
        "edge.toml:3:38: node 'a': 'isolate': 'files' must be an integer from 32 to 1048576, got 3\n"
        "edge.toml:3:47: node 'a': 'isolate': 'cpu' must have a unit: write it with one, such as \"10s\"\n"
        "edge.toml:3:58: node 'a': 'isolate': 'user' must be text, got integer\n"
        "edge.toml:3:64: node 'a': 'isolate': unknown key 'memmory', did you mean 'memory'?\n");
}

TEST_CASE("isolate: CULVERT_ISOLATE=all isolates every node and leaves the limits that the file gives") {
  const Variable environment{"CULVERT_ISOLATE", "all"};
  Problems problems;
  const Node limited = read_node("isolate = { files = 64 }\n", problems);
  const Node plain = read_node("isolate = false\n", problems);
  CHECK(limited.isolate);
  REQUIRE(limited.limits.files.has_value());
  CHECK(limited.limits.files->value == 64);
  CHECK(plain.isolate);
  CHECK(lines(problems).empty());
}
