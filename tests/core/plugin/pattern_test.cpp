// SPDX-License-Identifier: MIT
#include "tests/core/plugin/checked.hpp"

using culvert::test::check_with;
using culvert::test::facts_problems;

namespace {

const std::string head = R"(id = "demo"
version = "1.0"
summary = "For a test"
roles = ["sink"]
accepts = ["payload"]
[option]
)";

}  // namespace

TEST_CASE("options: a text with a pattern must match all of it, and the problem says what that is") {
  const std::string facts =
      head +
      R"(pin = { type = "string", help = "x", list = true, pattern = "[a-f]{2}|[0-9]{3}", wish = "two or three" })";
  const auto said = [&](const std::string& options) { return check_with(facts, options).problems; };
  CHECK(said("pin = 'ab'").empty());
  CHECK(said("pin = ['ab', '123']").empty());
  CHECK(said("pin = 'abc'") == "edge.toml:1:7: node 'cloud': option 'pin' must be two or three, got 'abc'");
  CHECK(said("pin = ['ab', '12']") == "edge.toml:1:14: node 'cloud': option 'pin[1]' must be two or three, got '12'");
  CHECK(said("pin = ''") == "edge.toml:1:7: node 'cloud': option 'pin' must be two or three, got ''");
}

TEST_CASE("options: a pattern looks at all of a long text") {
  const std::string facts =
      head + R"(any = { type = "string", help = "x", pattern = "(.|a)*[ab]", wish = "an end in a or b" })";
  CHECK(check_with(facts, "any = '" + std::string(60'000, 'a') + "'").problems.empty());
  CHECK(check_with(facts, "any = '" + std::string(60'000, 'a') + "c'").problems.find("must be an end in a or b") !=
        std::string::npos);
}

TEST_CASE("facts: a pattern is a regular expression, has a wish, and belongs to a string") {
  CHECK(facts_problems(head + R"(one = { type = "string", help = "x", pattern = "[a" , wish = "x" })") ==
        "demo.so:7:48: facts: option 'one': 'pattern' '[a' is none: unmatched [, [^, [:, [., or [=");
  CHECK(facts_problems(head + R"(one = { type = "string", help = "x", pattern = "a" })") ==
        "demo.so:7:48: facts: option 'one': 'pattern' and 'wish' go together: what must be matched, and what that is "
        "in words");
  CHECK(facts_problems(head + R"(one = { type = "bool", help = "x", pattern = "a", wish = "b" })")
            .find("'pattern' has no meaning for a bool") != std::string::npos);
  CHECK(facts_problems(head + R"(one = { type = "string", help = "x", pattern = "a", wish = "b", default = "c" })") ==
        "demo.so:7:75: facts: option 'one': 'default' must be b, got 'c'");
}
