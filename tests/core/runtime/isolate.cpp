// SPDX-License-Identifier: MIT
// What `isolate` means for a node once its plugin's facts are known.
#include "core/runtime/check.hpp"
#include "core/runtime/check_isolation.hpp"
#include "core/runtime/confine_node.hpp"
#include "tests/core/runtime/checked.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <string>

using namespace culvert;
using namespace culvert::test;

namespace {

const std::string isolated = "[node.a]\nplugin = 'swallow'\nisolate = { user = ";

/// Another effective user for as long as it lives; root only.
class AsNobody {
 public:
  AsNobody() { REQUIRE(seteuid(65534) == 0); }
  ~AsNobody() { CHECK(seteuid(0) == 0); }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
};

isolation::Confinement confinement(const std::string& node) {
  config::Problems problems;
  const CheckedPipeline made =
      check_pipeline(config::load_text(node, "/edge/edge.toml", problems), plugins(), problems);
  REQUIRE(lines(problems).find("error") == std::string::npos);
  REQUIRE(made.nodes.size() == 1);
  return confinement_of(made.nodes[0], "/var/lib/culvert");
}

}  // namespace

TEST_CASE("isolate: a user that is none of the box, or a runtime that root has not started, is an error at its place") {
  plugins();  // read before the rights are another's
  if (geteuid() != 0) {
    CHECK(errors(isolated + "'root' }\n") ==
          "edge.toml:3:20: node 'a': 'isolate': 'user' needs a runtime that root has "
          "started, this is user " +
              std::to_string(geteuid()) + "\n");
    return;
  }
  CHECK(errors(isolated + "'nobody' }\n").empty());
  CHECK(errors(isolated + "'nobody-of-that-name' }\n") ==
        "edge.toml:3:20: node 'a': 'isolate': 'user' names 'nobody-of-that-name', who is no user of this box\n");
  const AsNobody other;
  CHECK(errors(isolated + "'nobody' }\n") ==
        "edge.toml:3:20: node 'a': 'isolate': 'user' needs a runtime that root has started, this is user 65534\n");
}

TEST_CASE("isolate: a process must be allowed a file for each route that leads to it") {
  std::string text = "[node.c]\nplugin = 'first'\n[node.a]\nplugin = 'swallow'\nisolate = { files = 32 }\n";
  for (int routes = 0; routes < 8; ++routes) { text += route("c", "a"); }
  CHECK(errors(text).empty());
  CHECK(errors(text + route("c", "a")) ==
        "edge.toml:5:21: node 'a': 'isolate': 'files' must be at least 33 with 9 routes to the node, got 32\n");
}

TEST_CASE("isolate: the user that is named is found before anything runs") {
  if (geteuid() != 0) { return; }
  const auto made = confinement(isolated + "'nobody', memory = '64MiB', files = 64 }\n");
  REQUIRE(made.user.has_value());
  CHECK(made.user->name == "nobody");
  CHECK(made.user->user == 65534);
  CHECK(made.memory == 64 << 20);
  CHECK(made.files == 64);
}

TEST_CASE("isolate: a plugin gets what its facts need, and the paths that its options name") {
  const auto console = confinement("[node.a]\nplugin = 'console'\nisolate = true\n");
  CHECK(console.is_known);
  CHECK(console.standard_output);
  CHECK_FALSE(console.network);
  REQUIRE(console.paths.size() == 1);
  CHECK(console.paths[0].path == CULVERT_TEST_PLUGINS "/console");
  const auto sensor = confinement("[node.a]\nplugin = 'sensor'\nread = 'deep/file'\n");
  CHECK_FALSE(sensor.standard_output);
  CHECK_FALSE(sensor.network);
  REQUIRE(sensor.paths.size() == 2);
  CHECK(sensor.paths[1].path == "/edge/deep/file");
  CHECK(sensor.paths[1].is_renewed);
  CHECK_FALSE(sensor.paths[1].is_written);
  const auto mqtt = confinement("[node.a]\nplugin = 'mqtt'\nurl = 'mqtt://localhost'\n");
  CHECK(mqtt.network);
  CHECK_FALSE(mqtt.processes);
  REQUIRE(mqtt.paths.size() == 2);
  CHECK(mqtt.paths[1].path == "/var/lib/culvert");
  CHECK(mqtt.paths[1].is_written);
  const auto lines = confinement("[node.a]\nplugin = 'lines_c'\npath = '/out/lines.txt'\n");
  REQUIRE(lines.paths.size() == 2);
  CHECK(lines.paths[1].is_written);
  CHECK_FALSE(lines.paths[1].is_renewed);
  const auto list = confinement("[node.a]\nplugin = 'explorer'\nnamed = ['/one', '/two']\n");
  REQUIRE(list.paths.size() == 3);
  CHECK(list.paths[2].path == "/two");
  CHECK_FALSE(list.paths[2].is_written);
}

TEST_CASE("isolate: a plugin that does not say what it needs is given no list") {
  const auto made = confinement("[node.a]\nplugin = 'unruly'\npath = '/out/lines.txt'\nisolate = { files = 64 }\n");
  CHECK_FALSE(made.is_known);
  CHECK(made.paths.empty());
  CHECK(made.files == 64);
}

TEST_CASE(
    "isolate: without the program that runs isolated nodes, each of these is an error at its place, and no other") {
  config::Problems problems;
  const config::Pipeline read = config::load_text(
      "[node.a]\nplugin = 'swallow'\nisolate = true\n[node.b]\nplugin = 'swallow'\n[node.c]\nplugin = "
      "'swallow'\nisolate = "
      "{ files = 64 }\n[node.d]\nplugin = 'swallow'\nisolate = false\n",
      "edge.toml", problems);
  check_node_program(read, "/usr/libexec/culvert/culvert-node", problems);
  CHECK_FALSE(problems.has_errors());
  check_node_program(read, "", problems);
  const std::string why =
      "'isolate' needs the program 'culvert-node', which is not installed, or may not be executed: install it with "
      "'culvert', or leave 'isolate' out\n";
  CHECK(lines(problems) == "edge.toml:3:11: node 'a': " + why + "edge.toml:8:11: node 'c': " + why);
}
