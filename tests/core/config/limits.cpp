// SPDX-License-Identifier: MIT
#include "core/config/value.hpp"
#include "tests/core/config/support.hpp"

#include <doctest/doctest.h>

#include <ctime>
#include <string>

using namespace culvert::config;

namespace {

std::string repeated(std::string_view part, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) { text += part; }
  return text;
}

// Sanitizers make everything several times slower.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int most_ms = 1000;
#else
constexpr int most_ms = 100;
#endif

std::string errors(const std::string& text) {
  Problems problems;
  // Of the processor: other work on the machine does not count.
  const std::clock_t begin = std::clock();
  const auto value = parse_toml(text, "bomb.toml", problems);
  CHECK((std::clock() - begin) * 1000 / CLOCKS_PER_SEC < most_ms);
  CHECK(value.has_value() != problems.has_errors());
  return lines(problems);
}

const std::string too_many_parts = "a dotted key must have at most 16 parts\n";
const std::string too_deep = "lists and tables must not be nested deeper than 64 levels\n";

}  // namespace

TEST_CASE("limits: 200,000 parts in a key, a header or an inline table are refused at the 17th") {
  CHECK(errors("\n" + repeated("a.", 200'000) + "a = 1") == "bomb.toml:2:32: " + too_many_parts);
  CHECK(errors("[" + repeated("a.", 200'000) + "a]") == "bomb.toml:1:33: " + too_many_parts);
  CHECK(errors("[[" + repeated("a.", 200'000) + "a]]") == "bomb.toml:1:34: " + too_many_parts);
  CHECK(errors("x = { " + repeated("a . ", 200'000) + "a = 1 }") == "bomb.toml:1:69: " + too_many_parts);
  CHECK(errors(repeated("\"a\".", 200'000) + "a = 1") == "bomb.toml:1:64: " + too_many_parts);
}

TEST_CASE("limits: 100,000 nested lists or tables are refused at the 65th") {
  CHECK(errors("a = " + repeated("[", 100'000)) == "bomb.toml:1:69: " + too_deep);
  CHECK(errors("a = " + repeated("[\n", 100'000)) == "bomb.toml:65:1: " + too_deep);
  CHECK(errors("a = " + repeated("{a=", 100'000)) == "bomb.toml:1:197: " + too_deep);
  CHECK(errors("a = " + repeated("[{a=", 100'000)) == "bomb.toml:1:133: " + too_deep);
}

TEST_CASE("limits: levels are counted through dotted keys as well") {
  const std::string parts = repeated("a.", 15) + "a";
  CHECK(errors("a = " + repeated("{" + parts + "=", 5) + "1" + repeated("}", 5)) == "bomb.toml:1:137: " + too_deep);
}

TEST_CASE("limits: what is exactly at a limit is taken") {
  CHECK(errors(repeated("a.", 15) + "a = 1").empty());
  CHECK(errors("a = " + repeated("[", 64) + repeated("]", 64)).empty());
  std::string text = "a = 1\n#";
  text.resize((1 << 20) - 1, ' ');
  CHECK(errors(text + "\n").empty());
  CHECK(errors(text + "\n ") == "bomb.toml: is larger than 1 MiB\n");
}

TEST_CASE("limits: dots and brackets in strings and comments do not count") {
  const std::string many = repeated(".[{", 100);
  CHECK(errors("a = '" + many + "' # " + many).empty());
  CHECK(errors("a = \"\\\"" + many + "\"\nb = '''\n" + many + "'" + many + "'''''\nc = 1").empty());
  CHECK(errors("a = \"\"\"" + many + "\\\"\"\"\\\"\n" + many + "\"\"\"\"\"\nc = 1").empty());
  CHECK(errors("\"" + many + "\" = 1").empty());
}

TEST_CASE("limits: brackets behind a string of quotes do count") {
  const std::string bomb = "\nb = " + repeated("[", 100'000);
  CHECK(errors("a = \"\"" + bomb) == "bomb.toml:2:69: " + too_deep);
  CHECK(errors("a = ''''''" + bomb) == "bomb.toml:2:69: " + too_deep);
  CHECK(errors("a = '\\'" + bomb) == "bomb.toml:2:69: " + too_deep);
  CHECK(errors("a = \"\\\\\"" + bomb) == "bomb.toml:2:69: " + too_deep);
}

TEST_CASE("limits: a full file of keys, and one that ends in a duplicate, take no longer") {
  std::string text;
  for (int i = 0; text.size() < 200'000; ++i) text += "key" + std::to_string(i) + " = 1\n";
  CHECK(errors(text).empty());
  CHECK(errors(text + "key7 = 2\n").ends_with("'key7' is defined twice, first at bomb.toml:8:1\n"));
}
