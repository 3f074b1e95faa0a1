// SPDX-License-Identifier: MIT
#include "core/config/written.hpp"

#include "core/config/variables.hpp"
#include "tests/core/config/support.hpp"

#include <doctest/doctest.h>

using namespace culvert::config;

namespace {

/// What a file with that value reads as.
Value read_back(const std::string& written) {
  Problems problems;
  auto root = parse_toml("value = " + written + "\n", "a.toml", problems);
  INFO(written);
  REQUIRE(lines(problems).empty());
  expand_variables(*root, problems);
  REQUIRE(lines(problems).empty());
  return *root->find("value");
}

}  // namespace

TEST_CASE(
    "written: every text reads back as itself, whatever of TOML, of variables and of control characters it holds") {
  const std::vector<std::string> pieces{"$", "{", "}", "A", "\"", "\\", "\n", "\t", "\x7F", "\x01", "'", "#", "é"};
  std::size_t count = 0;
  for (const std::string& a : pieces) {
    for (const std::string& b : pieces) {
      for (const std::string& c : pieces) {
        for (const std::string& d : {std::string{"$"}, std::string{"{A}"}, std::string{}}) {
          const std::string text = a + b + c + d;
          const Value back = read_back(toml_text({{}, text}));
          REQUIRE(back.as<std::string>() != nullptr);
          CHECK(*back.as<std::string>() == text);
          CHECK_FALSE(back.expanded);
          ++count;
        }
      }
    }
  }
  CHECK(count == 13 * 13 * 13 * 3);
}

TEST_CASE("written: numbers, flags, lists and tables read back as what they are") {
  CHECK(toml_text({{}, true}) == "true");
  CHECK(toml_text({{}, int64_t{-5}}) == "-5");
  CHECK(toml_text({{}, 5.0}) == "5.0");
  CHECK(toml_text({{}, 1e300}) == "1e+300");
  CHECK(*read_back(toml_text({{}, 1e300})).as<double>() == 1e300);
  CHECK(*read_back(toml_text({{}, 0.1})).as<double>() == 0.1);
  const Value list{{}, List{{{}, std::string{"a"}}, {{}, std::string{"b"}}}};
  CHECK(toml_text(list) == "[\"a\", \"b\"]");
  const Value table{{}, Table{{"a-1", {}, {{}, true}}, {"b c", {}, list}, {"d", {}, {{}, Table{}}}}};
  CHECK(toml_text(table) == "{ a-1 = true, \"b c\" = [\"a\", \"b\"], d = {} }");
  CHECK(read_back(toml_text(table)).find("b c")->as<List>()->size() == 2);
}

TEST_CASE("written: which variables made a text is told, and whether it was their defaults") {
  const Variable set{"CULVERT_TEST_SET", "x"}, empty{"CULVERT_TEST_EMPTY", ""}, unset{"CULVERT_TEST_UNSET", nullptr};
  const auto used = used_variables("a${CULVERT_TEST_SET}$${NO}${CULVERT_TEST_EMPTY:-y}${CULVERT_TEST_UNSET:-z}");
  REQUIRE(used.size() == 3);
  CHECK(used[0].name == "CULVERT_TEST_SET");
  CHECK_FALSE(used[0].is_default);
  CHECK(used[1].name == "CULVERT_TEST_EMPTY");
  CHECK(used[1].is_default);
  CHECK(used[2].is_default);
  CHECK(used_variables("$SYS/#").empty());
}

TEST_CASE("written: only a text that is one variable without a default says nothing of its value") {
  for (const char* one : {"${A}", "${A:?why}"}) { CHECK(is_one_variable(one)); }
  for (const char* other : {"", "A", "${A:-b}", "${A:?x:-y}", "x${A}", "${A}x", "${A}${B}", "${A}}", "$${A}", "$A"}) {
    INFO(other);
    CHECK_FALSE(is_one_variable(other));
  }
}

TEST_CASE("written: what the files hold comes beside the pipeline, all files together, with their variables") {
  const Folder folder;
  const std::string a =
      folder.write("a.toml", "[runtime]\nname = '${CULVERT_TEST_UNSET:-x}'\n[node.a]\nplugin = 'p'\n");
  const std::string b = folder.write("b.toml", "[runtime]\nlog_level = 'warn'\n[node.b]\nplugin = 'p'\n");
  Problems problems;
  Value written;
  CHECK(load({a, b}, problems, written).runtime.name == "x");
  CHECK(lines(problems).empty());
  CHECK(*written.find("runtime")->find("name")->as<std::string>() == "${CULVERT_TEST_UNSET:-x}");
  CHECK(to_string(written.find("runtime")->find("log_level")->place) == b + ":2:13");
  CHECK(written.find("node")->as<Table>()->size() == 2);
}
