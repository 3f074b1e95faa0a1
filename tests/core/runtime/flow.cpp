// SPDX-License-Identifier: MIT
#include "core/runtime/check.hpp"
#include "tests/core/runtime/checked.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace culvert;
using namespace culvert::test;

namespace {

/// A source that emits that often.
std::string sensor(const std::string& name, const std::string& interval, const std::string& more = "") {
  return "[node." + name + "]\nplugin = 'sensor'\nkind = 'sine'\ninterval = '" + interval + "'\n" + more;
}

/// A node with limits stands first: its name is at 1:7, its plan at 3:8.
const std::string free_plan = "[node.far]\nplugin = 'limited'\nplan = 'free'\n";
const std::string small_plan = "[node.far]\nplugin = 'limited'\nplan = 'small'\n";

}  // namespace

TEST_CASE("flow: the rates of all sources that reach a node are summed, and said at what limits them") {
  const std::string three = free_plan + sensor("a", "200ms") + sensor("b", "200ms") + sensor("c", "200ms");
  CHECK(warnings(three + route("a", "far") + route("b", "far") + route("c", "far")) ==
        "edge.toml:3:8: warning: node 'far': 'a', 'b' and 'c' bring 15 messages/s, plan = 'free' allows at most 10: "
        "raise the interval\n");
  CHECK(warnings(three + route("a", "far") + route("b", "far") + route("c", "far", "filter = 'x'\n")).empty());
  CHECK(warnings(free_plan + sensor("a", "100ms") + route("a", "far")).empty());
  CHECK(warnings(free_plan + sensor("a", "99ms") + route("a", "far")) ==
        "edge.toml:3:8: warning: node 'far': 'a' brings 10.1 messages/s, plan = 'free' allows at most 10: raise the "
        "interval\n");
  // The same source on two routes brings everything twice.
  CHECK(warnings(free_plan + sensor("a", "150ms") + route("a", "far") + route("a", "far"))
            .find("'a' brings 13.33 messages/s") != std::string::npos);
}

TEST_CASE("flow: many sources are counted rather than named") {
  std::string text = free_plan;
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) { text += sensor(name, "500ms") + route(name, "far"); }
  CHECK(warnings(text).find("'a', 'b', 'c' and 3 others bring 12 messages/s") != std::string::npos);
}

TEST_CASE("flow: without the condition, or above the option that bounds it, nothing is said") {
  const std::string fast = sensor("a", "10ms") + route("a", "far");
  CHECK(warnings("[node.far]\nplugin = 'limited'\n" + fast).empty());
  CHECK(warnings(small_plan + fast) ==
        "edge.toml:1:7: warning: node 'far': 'a' brings 100 messages/s, rate = 2.5 allows at most 2.5: raise the "
        "interval, or the rate\n");
  CHECK(
      warnings(small_plan + "rate = 50\n" + fast) ==
      "edge.toml:4:8: warning: node 'far': 'a' brings 100 messages/s, rate = 50 allows at most 50: raise the interval, "
      "or the rate\n");
  CHECK(warnings(small_plan + "rate = 200\n" + fast).empty());
}

TEST_CASE("flow: of several bounds of a rate the tightest is said, and of equal ones the first") {
  const std::string fast = sensor("a", "10ms") + route("a", "far");
  const auto said = [&](const std::string& rate) { return warnings(free_plan + "rate = " + rate + "\n" + fast); };
  CHECK(said("50").find("plan = 'free' allows at most 10") != std::string::npos);
  CHECK(said("10").find("plan = 'free' allows at most 10") != std::string::npos);
  CHECK(said("9.5").find("rate = 9.5 allows at most 9.5") != std::string::npos);
  CHECK(said("9.5").find("allows at most 10") == std::string::npos);
}

TEST_CASE("flow: transforms hand on what they get, one for one") {
  const std::string chain = free_plan + sensor("a", "50ms") + "[node.up]\nplugin = 'shout'\n" + route("a", "up");
  CHECK(warnings(chain + route("up", "far")).find("'a' brings 20 messages/s") != std::string::npos);
  // What it makes may have any topic, so that a filter may hold it back.
  CHECK(warnings(chain + route("up", "far", "filter = '#'\n")).empty());
}

TEST_CASE("flow: a filter on a source's topic is looked at, where the topic is known") {
  const auto with = [](const std::string& topic, const std::string& filter) {
    return warnings("[runtime]\nname = 'edge'\n" + free_plan + sensor("a", "50ms", topic) +
                    route("a", "far", "filter = '" + filter + "'\n"));
  };
  CHECK(with("", "edge/+").find("'a' brings 20 messages/s") != std::string::npos);
  CHECK(with("", "plant/+").empty());
  CHECK(with("topic = 'plant/{node}'\n", "plant/a").find("'a' brings 20 messages/s") != std::string::npos);
  CHECK(with("topic = 'plant/{value}'\n", "plant/+").empty());
}

TEST_CASE("flow: what goes round, or comes from where nobody says how often, is not counted") {
  const std::string text = free_plan + sensor("a", "50ms") +
                           "[node.up]\nplugin = 'shout'\n[node.src]\nplugin = "
                           "'tokens'\n[node.both]\nplugin = 'relay_transform'\n";
  CHECK(warnings(text + route("a", "up") + route("up", "both", "filter = 'x'\nrequired = false\n") +
                 route("both", "up") + route("up", "far") + route("src", "far"))
            .empty());
}

TEST_CASE("flow: a thousand nodes in a row and side by side are followed at once") {
  std::string text = free_plan + sensor("a", "50ms");
  std::string last = "a";
  for (int i = 0; i < 500; ++i) {
    const std::string name = "t" + std::to_string(i);
    text += "[node." + name + "]\nplugin = 'shout'\n" + route(last, name) + route(last, name);
    last = name;
  }
  for (int i = 0; i < 500; ++i) {
    const std::string name = "s" + std::to_string(i);
    text += sensor(name, "1s") + route(name, last);
  }
  const std::string said = warnings(text + route(last, "far"));
  CHECK(said.find("'a', 's0', 's1' and 498 others bring ") != std::string::npos);
}

TEST_CASE("flow: topics that are too deep are said where the route makes them") {
  const auto with = [](const std::string& topic, const std::string& more) {
    return warnings("[runtime]\nname = 'edge'\n" + free_plan + sensor("a", "1s", topic) + route("a", "far", more));
  };
  const std::string allows = ", plan = 'free' allows at most 3: topics are no deeper\n";
  CHECK(with("", "").empty());
  CHECK(with("topic = 'a/b/{node}/d'\n", "") ==
        "edge.toml:11:1: warning: route: the topics for 'far' have 4 levels" + allows);
  CHECK(with("topic = 'a/b/c/d'\n", "topic = 'x'\n").empty());
  CHECK(with("", "topic = 'x/{topic}/{field.value}'\n") ==
        "edge.toml:13:9: warning: route: the topics for 'far' have 4 levels" + allows);
  // Of another node's topics only what the route adds is known.
  CHECK(
      warnings("[node.src]\nplugin = 'tokens'\n" + free_plan + route("src", "far", "topic = 'a/b/{topic}'\n")).empty());
}

TEST_CASE("flow: what a route sets is compared where it stands") {
  CHECK(warnings(free_plan + sensor("a", "1s") + route("a", "far", "qos = 1\n")).empty());
  CHECK(warnings(free_plan + sensor("a", "1s") + route("a", "far", "qos = 2\n")) ==
        "edge.toml:11:7: warning: route: 'qos' is 2, plan = 'free' allows at most 1: nothing is done exactly once\n");
}

TEST_CASE("unique: two nodes that share what they must not are said with both places") {
  const auto node = [](const std::string& name, const std::string& more) {
    return "[node." + name + "]\nplugin = 'limited'\n" + more + sensor("s" + name, "1s") + route("s" + name, name);
  };
  const std::string x = "name = 'x'\nto = 'mqtt://here'\n";
  CHECK(warnings(node("a", x) + node("b", x)) ==
        "edge.toml:14:8: warning: node 'b': option 'name' is 'x', as that of node 'a' at edge.toml:3:8 with the same "
        "'to': the two would be taken for one\n");
  CHECK(warnings(node("a", x) + node("b", "name = 'y'\nto = 'mqtt://here'\n")).empty());
  CHECK(warnings(node("a", x) + node("b", "name = 'x'\nto = 'mqtts://here'\n")).empty());
  CHECK(warnings(node("a", x + "place = 'p'\n") + node("b", x)).empty());
  CHECK(warnings(node("a", "") + node("b", "")).empty());
  // Lists that have one in common, also where the port is written out.
  CHECK(warnings(node("a", "name = 'x'\nto = ['mqtt://here', 'mqtt://there']\n") +
                 node("b", "name = 'x'\nto = ['mqtts://where', 'mqtt://there:1883']\n"))
            .find("the two would be taken for one") != std::string::npos);
}

TEST_CASE("flow: a route with batches brings as many arrays as there are at least") {
  const auto with = [](const std::string& interval, const std::string& batch) {
    return warnings(free_plan + sensor("a", interval) + route("a", "far", "batch = { " + batch + " }\n"));
  };
  const std::string small = "max_bytes = '64KiB', ";
  CHECK(with("10ms", small + "max = 10, within = '1m'").empty());
  CHECK(with("10ms", small + "max = 8, within = '1m'").find("'a' brings 12.5 messages/s") != std::string::npos);
  // What is due before it is full has what came meanwhile, and the first: 6 here.
  CHECK(with("10ms", small + "max = 100, within = '50ms'").find("'a' brings 16.67 messages/s") != std::string::npos);
  CHECK(with("10ms", small + "max = 100, within = '90ms'").empty());
}

TEST_CASE("flow: a batch that may become larger than a message is a warning at the batch") {
  const std::string slow = free_plan + sensor("a", "1s");
  CHECK(warnings(slow + route("a", "far", "batch = { max_bytes = '65KiB' }\n")) ==
        "edge.toml:11:9: warning: route: 'batch' may grow to 65KiB, plan = 'free' allows at most 64KiB: messages "
        "are no larger\n");
  CHECK(warnings(slow + route("a", "far", "batch = { max_bytes = '64KiB' }\n")).empty());
  // What is not given is 128 KiB, or what the queue holds.
  CHECK(warnings(slow + route("a", "far", "batch = {}\n")).find("may grow to 128KiB") != std::string::npos);
  CHECK(warnings(slow + route("a", "far", "max_bytes = '64KiB'\nbatch = {}\n")).empty());
}
