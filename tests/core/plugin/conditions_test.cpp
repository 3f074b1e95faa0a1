// SPDX-License-Identifier: MIT
#include "tests/core/plugin/checked.hpp"

using culvert::test::check_with;

namespace {

const std::string head = R"(id = "demo"
version = "1.0"
summary = "For a test"
roles = ["sink"]
accepts = ["payload"]
[option]
kind = { type = "choice", help = "x", values = ["old", "new"], default = "old" }
word = { type = "string", help = "x" }
names = { type = "string", help = "x", list = true }
url = { type = "url", help = "x", list = true, schemes = ["a", "b"], ports = [1, 2] }
ca = { type = "string", help = "x", when = "url~^b:" }
sub = { type = "filter", help = "x", list = true, short_for = "topic", distinct = true }
"sub[].topic" = { type = "filter", help = "x", required = true, example = "a" }
"sub[].late" = { type = "bool", help = "x", default = false }
)";

/// What a rule with these conditions has against the options, of which each line begins a place.
std::string refused(const std::string& when, const std::string& options) {
  return check_with(head + "[[refuse]]\nwhen = " + when + "\ntext = 'T'\n", options).problems;
}

std::string at(const std::string& place) { return "edge.toml:" + place + ": node 'cloud': T"; }

}  // namespace

TEST_CASE("conditions: a pattern is looked for anywhere in a value, and a value that is not there is like no pattern") {
  CHECK(refused("'word~b+c'", "word = 'abbcd'\n") == at("1:8"));
  CHECK(refused("'word~^b'", "word = 'ab'\n").empty());
  CHECK(refused("'word!~^b'", "word = 'ab'\n") == at("1:8"));
  CHECK(refused("'word!~^b'", "").empty());
  CHECK(refused("'word~='", "word = 'a=b'\n") == at("1:8"));
  CHECK(refused("'kind~^o'", "") == at("9:7"));
}

TEST_CASE("conditions: of a list each element that fits is refused at its place, and a warning comes once") {
  CHECK(refused("'names~^a'", "names = ['ab', 'b',\n 'ac']\n") == at("1:10") + "\n" + at("2:2"));
  CHECK(refused("'names=b'", "names = ['ab', 'b']\n") == at("1:16"));
  const std::string warned =
      check_with(head + "[[warn]]\nwhen = 'names~^a'\ntext = 'T'\n", "names = ['ab', 'b',\n 'ac']\n").problems;
  CHECK(warned == "edge.toml:1:10: warning: node 'cloud': T");
}

TEST_CASE("conditions: those of one list hold for the same element of it") {
  const std::string both = "['sub[].late=true', 'sub[].topic~^x/']";
  CHECK(refused(both, "sub = [{ topic = 'x/a' }, { topic = 'b', late = true }]\n").empty());
  CHECK(refused(both, "sub = ['x/a', { topic = 'x/b', late = true }]\n") == at("1:39"));
  CHECK(refused("['url~^a:', 'url!~//here:']", "url = ['a://here', 'b://there']\n").empty());
  CHECK(refused("['url~^a:', 'url!~//here:']", "url = ['a://here', 'a://there']\n") == at("1:20"));
  // What is said at one place is said once.
  CHECK(refused("['word', 'url~^a:']", "word = 'x'\nurl = ['a://here', 'a://there']\n") == at("1:8"));
  CHECK(refused("['sub[].late=true', 'names']", "sub = { topic = 'a', late = true }\n").empty());
}

TEST_CASE("options: 'when' with a pattern is met by one element of a list") {
  const auto said = [&](const std::string& options) { return check_with(head, options).problems; };
  CHECK(said("ca = 'x'\nurl = ['a://x', 'b://x']\n").empty());
  CHECK(said("ca = 'x'\nurl = ['a://x', 'a://y']\n") ==
        "edge.toml:1:1: node 'cloud': option 'ca' is of use only with a 'url' that matches '^b:'");
  CHECK(said("ca = 'x'\n") ==
        "edge.toml:1:1: node 'cloud': option 'ca' is of use only with a 'url' that matches '^b:'");
}

TEST_CASE("options: a list whose values must differ names the second of two that do not") {
  const auto said = [&](const std::string& options) { return check_with(head, options).problems; };
  CHECK(said("sub = ['a', 'b']\n").empty());
  CHECK(said("sub = ['a', 'b', { topic = 'a', late = true }, 'b']\n") ==
        "edge.toml:1:28: node 'cloud': option 'sub[2].topic' is 'a', as 'sub[0].topic' is\n"
        "edge.toml:1:48: node 'cloud': option 'sub[3].topic' is 'b', as 'sub[1].topic' is");
}

TEST_CASE("options: an empty list is refused, so that nobody takes it for 'none is allowed'") {
  CHECK(check_with(head, "names = []\n").problems ==
        "edge.toml:1:9: node 'cloud': option 'names' must not be empty: leave it out instead");
}

TEST_CASE("rules: a limit with 'refuse' is an error") {
  const std::string facts = head + "[[limit]]\nof = 'count:names'\nmax = 1\nrefuse = true\nhelp = 'H'\n";
  CHECK(check_with(facts, "names = ['a', 'b']\n").problems ==
        "edge.toml:1:9: node 'cloud': option 'names' has 2 values, the plugin allows at most 1: H");
}
