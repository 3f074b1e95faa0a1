// SPDX-License-Identifier: MIT
#include "tests/core/plugin/checked.hpp"

using culvert::test::check_with;

TEST_CASE(
    "options: one that is of use only with values of another is refused with the rest, and missed where required") {
  const std::string facts = R"(id = "demo"
version = "1.0"
summary = "For a test"
roles = ["sink"]
accepts = ["payload"]
[option]
kind = { type = "choice", help = "x", values = ["file", "sine", "walk"], default = "file" }
read = { type = "path", help = "x", required = true, example = "/x", when = "kind=file" }
seed = { type = "integer", help = "x", when = "kind=sine|walk" }
tls = { type = "bool", help = "x" }
name = { type = "string", help = "x", when = "tls=true" }
)";
  const auto said = [&](const std::string& options) { return check_with(facts, options).problems; };
  CHECK(said("") ==
        "edge.toml:9:7: node 'cloud': option 'read' is missing, which kind = 'file' needs, such as "
        "read = \"/x\"");
  CHECK(said("read = '/a'").empty());
  CHECK(said("kind = 'sine'\nseed = 1").empty());
  CHECK(said("kind = 'sine'\nread = '/a'") ==
        "edge.toml:2:1: node 'cloud': option 'read' is of use only with kind = 'file'");
  CHECK(said("read = '/a'\nseed = 1") ==
        "edge.toml:2:1: node 'cloud': option 'seed' is of use only with kind = 'sine' or 'walk'");
  CHECK(said("kind = 'sine'\nname = 'a'") ==
        "edge.toml:2:1: node 'cloud': option 'name' is of use only with tls = true");
  CHECK(said("kind = 'sine'\nname = 'a'\ntls = true").empty());
  // One slip, one problem.
  CHECK(said("kind = 'files'\nread = '/a'").find("read") == std::string::npos);
}
