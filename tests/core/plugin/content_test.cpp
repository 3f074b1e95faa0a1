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
text = { type = "string", help = "x", content = "text" }
key = { type = "secret", help = "x", content = "text" }
host = { type = "string", help = "x", content = "host" }
way = { type = "string", help = "x", content = "interface" }
topic = { type = "template", help = "x", content = "topic", only = ["node", "runtime"] }
)";

std::string said(const std::string& options) {
  const std::string problems = check_with(head, options, "/nowhere/edge.toml").problems;
  const std::size_t at = problems.find("node 'cloud': ");
  return at == std::string::npos ? problems : problems.substr(at + 14);
}

}  // namespace

TEST_CASE("options: a text without control characters holds none, and a secret is not repeated") {
  CHECK(said("text = \"a\\tb\"\n") == "option 'text' holds a control character");
  CHECK(said("text = \"a\\u0085b\"\n") == "option 'text' holds a control character");
  CHECK(said("text = 'Käse № 1'\n").empty());
  CHECK(said("key = \"hunter2\\u007f\"\n") == "option 'key' holds a control character");
}

TEST_CASE("options: a host is a name or an address") {
  for (const char* good : {"broker.example", "a_b-c.d.", "10.0.0.1", "::1", "fe80::1%eth0"}) {
    CAPTURE(good);
    CHECK(said("host = '" + std::string{good} + "'\n").empty());
  }
  for (const char* bad : {"", "*", "*.example", "a b", ".a", "a..b", "a/b", "münchen", "[::1]", "a:1"}) {
    CAPTURE(bad);
    CHECK(said("host = '" + std::string{bad} + "'\n") ==
          "option 'host' must be the name of a host or an IP address, got '" + std::string{bad} + "'");
  }
}

TEST_CASE("options: an interface is named, or its address is, and an address with a slip is neither") {
  for (const char* good : {"eth0", "wlan0.7", "10.0.0.1", "::1", "fe80::1%eth0", "br-1a2b3c"}) {
    CAPTURE(good);
    CHECK(said("way = '" + std::string{good} + "'\n").empty());
  }
  for (const char* bad : {"", "1.2.3", "1.2.3.400", "..", "eth 0", "a/b", "fe80::zz", "a-name-too-long0"}) {
    CAPTURE(bad);
    CHECK(said("way = '" + std::string{bad} + "'\n") ==
          "option 'way' must be an IP address of this box or the name of an interface, got '" + std::string{bad} + "'");
  }
}

TEST_CASE("options: a template that makes topics makes none with a wildcard, and uses only the names it may") {
  CHECK(said("topic = 'a/{runtime}/{node}/{{x}}'\n").empty());
  CHECK(said("topic = 'a/#'\n") == "option 'topic' must make a topic: 'a/#' holds the wildcard '#'");
  CHECK(said("topic = \"a\\u0001\"\n") == "option 'topic' must make a topic: 'a\\x01' holds a control character");
  CHECK(said("topic = ''\n") == "option 'topic' must make a topic: '' is empty");
  CHECK(said("topic = 'a/{value}'\n") ==
        "option 'topic' uses the name '{value}', and may use only '{node}' or '{runtime}'");
  CHECK(said("topic = 'a/{nod}'\n") ==
        "option 'topic' uses the name '{nod}', and may use only '{node}' or '{runtime}', did you mean 'node'?");
}

TEST_CASE("facts: what a text holds is something that its type can hold") {
  CHECK(facts_problems(head + R"(one = { type = "string", help = "x", content = "hots" })") ==
        "demo.so:12:48: facts: option 'one': 'content' of a string must be 'regex', 'text', 'host' or 'interface', got "
        "'hots', did you mean 'host'?");
  CHECK(facts_problems(head + R"(one = { type = "bool", help = "x", content = "text" })")
            .find("has no meaning for a bool") != std::string::npos);
  CHECK(facts_problems(head + R"(one = { type = "template", help = "x", names = ["a"], only = ["b"] })")
            .find("exclude each other") != std::string::npos);
  CHECK(facts_problems(head + R"(one = { type = "string", help = "x", distinct = true })").find("is for a 'list'") !=
        std::string::npos);
  CHECK(facts_problems(head +
                       R"(one = { type = "url", help = "x", schemes = ["a"], ports = [1], credentials = ["two"] })") ==
        "demo.so:12:1: facts: option 'one': 'credentials' names the option 'two', which is not there");
}
