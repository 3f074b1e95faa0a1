// SPDX-License-Identifier: MIT
#include "core/config/value.hpp"
#include "tests/core/config/support.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace culvert::config;

namespace {

std::string errors(std::string_view text) {
  Problems problems;
  const auto value = parse_toml(text, "edge.toml", problems);
  CHECK(value.has_value() != problems.has_errors());
  return lines(problems);
}

}  // namespace

TEST_CASE("toml: every type is read, in the order of the file, with the place of key and value") {
  Problems problems;
  const auto root =
      parse_toml("z = true\ny = 7\n  x = 2.5\nw = \"é\"\nv = 2026-11-23\nu = [1, \"a\"]\nt.s = { r = 1 }\n[\"é\"]\n",
                 "edge.toml", problems);
  REQUIRE(root);
  const Table& table = *root->as<Table>();
  REQUIRE(table.size() == 8);
  CHECK(*table[0].value.as<bool>());
  CHECK(*table[1].value.as<int64_t>() == 7);
  CHECK(*table[2].value.as<double>() == 2.5);
  CHECK(*table[3].value.as<std::string>() == "é");
  CHECK(table[4].value.as<Date>() != nullptr);
  CHECK(table[5].value.as<List>()->size() == 2);
  CHECK(*table[6].value.find("s")->find("r")->as<int64_t>() == 1);
  CHECK(table[7].key == "é");
  CHECK(to_string(table[2].place) == "edge.toml:3:3");
  CHECK(to_string(table[2].value.place) == "edge.toml:3:7");
  CHECK(to_string(table[5].value.as<List>()->at(1).place) == "edge.toml:6:9");
  CHECK(to_string(table[6].value.find("s")->as<Table>()->at(0).place) == "edge.toml:7:9");
  CHECK(root->find("a") == nullptr);
  CHECK(table[0].value.find("a") == nullptr);
}

TEST_CASE("toml: each type has a name for people") {
  Problems problems;
  const auto root = parse_toml("a = true\nb = 7\nc = 2.5\nd = ''\ne = 07:32:00\nf = []\ng = {}", "edge.toml", problems);
  REQUIRE(root);
  std::string names;
  for (const Entry& entry : *root->as<Table>()) { names += std::string{type_name(entry.value)} + " "; }
  CHECK(names == "boolean integer number text date list table ");
}

TEST_CASE("toml: what is defined twice names both places") {
  CHECK(errors("[node.cloud]\nplugin = 'a'\n\n  [node.cloud]\nplugin = 'b'\n") ==
        "edge.toml:4:9: 'node.cloud' is defined twice, first at edge.toml:1:7\n");
  CHECK(errors("[node.cloud]\nplugin = 'a'\ntls.ca = 'x'\ntls . ca = 'y'\n") ==
        "edge.toml:4:7: 'node.cloud.tls.ca' is defined twice, first at edge.toml:3:5\n");
  CHECK(errors("[[route]]\nto = 'a'\n[[route]]\nto = 'a'\n\"to\" = 'b'\n") ==
        "edge.toml:5:1: 'route.to' is defined twice, first at edge.toml:4:1\n");
  CHECK(errors("a = 1\na = \"\"\"\n\"\"\"\n") == "edge.toml:2:1: 'a' is defined twice, first at edge.toml:1:1\n");
  CHECK(errors("a = 1\r\n[a]\r\nb = 1") == "edge.toml:2:2: 'a' is defined twice, first at edge.toml:1:1\n");
  CHECK(errors("a = 1\n[[ a ]]") == "edge.toml:2:4: 'a' is defined twice, first at edge.toml:1:1\n");
  CHECK(errors("a.b = 1\na.b.c = 2") == "edge.toml:2:3: 'a.b' is defined twice, first at edge.toml:1:3\n");
  CHECK(errors("a = {\"é\" = 1, \"é\" = 2}") == "edge.toml:1:15: '\"é\"' is defined twice in this table\n");
  CHECK(errors("a = [\n  {b = 1, b = 2}]") == "edge.toml:2:11: 'b' is defined twice in this table\n");
}

TEST_CASE("toml: an error of syntax names its place and what was expected") {
  const std::string why = "edge.toml:";
  CHECK(errors("a = 1\nb 5\n") == why + "2:3: cannot read this key-value pair: expected '=', found '5'\n");
  CHECK(errors("a = 5s") ==
        why + "1:6: cannot read this decimal integer: expected digit, found 's', text stands in \"quotes\"\n");
  CHECK(errors("a = in\nb = 1") ==
        why + "1:7: cannot read this floating-point: expected 'inf', found 'in\\x0a', text stands in \"quotes\"\n");
  CHECK(errors("a = plant") == why + "1:5: is no value that TOML knows, text stands in \"quotes\"\n");
  CHECK(errors("a = \"x") == why + "1:7: the file ends in the middle of a string\n");
  CHECK(errors("[a") == why + "1:3: the file ends in the middle of a table header\n");
  CHECK(errors("[]") == why + "1:2: cannot read this table header: must not be empty\n");
  CHECK(errors("= 1") == why + "1:1: cannot read this statement: expected a key or a table, found '='\n");
  CHECK(errors("a = 01") == why + "1:7: cannot read this decimal integer: leading zeroes are not allowed\n");
}

TEST_CASE("toml: bytes that are no text are refused where they stand") {
  using namespace std::string_literals;
  CHECK(errors("a = 1\nb = \"x\xFF\"") == "edge.toml:2:7: is not valid UTF-8 here\n");
  CHECK(errors("# é\xC0\xAF") == "edge.toml:1:4: is not valid UTF-8 here\n");
  CHECK(errors("a = '\xED\xA0\x80'") == "edge.toml:1:6: is not valid UTF-8 here\n");
  CHECK(errors("a = '\xF4\x90\x80\x80'") == "edge.toml:1:6: is not valid UTF-8 here\n");
  CHECK(errors("a = '\xF0\x8F\x80\x80'") == "edge.toml:1:6: is not valid UTF-8 here\n");
  CHECK(errors("a = '\xE2\x82") == "edge.toml:1:6: is not valid UTF-8 here\n");
  CHECK(errors("a = 1\n\0"s) == "edge.toml:2:1: a NUL is not allowed here\n");
  CHECK(errors("# \0"s) == "edge.toml:1:3: a NUL is not allowed here\n");
  CHECK(errors("a = \"x\\u0000\"") == "edge.toml:1:5: a NUL is not allowed in text\n");
  CHECK(errors("\"x\\u0000\" = 1") == "edge.toml:1:1: a NUL is not allowed in text\n");
}

TEST_CASE("toml: an empty file, a comment and a byte order mark are a table") {
  CHECK(errors("").empty());
  CHECK(errors("# nothing").empty());
  CHECK(errors("\xEF\xBB\xBF"
               "a = 1")
            .empty());
}
