// SPDX-License-Identifier: MIT
#include "core/runtime/pipeline_diff.hpp"

#include "tests/core/runtime/checked.hpp"

#include <algorithm>

namespace culvert::test {
namespace {

CheckedPipeline checked(const std::string& text) {
  config::Problems problems;
  CheckedPipeline made = check_pipeline(config::load_text(text, "edge.toml", problems), plugins(), problems);
  REQUIRE_MESSAGE(!problems.has_errors(), lines(problems));
  return made;
}

std::string node(const std::string& name, const std::string& plugin, const std::string& options = "") {
  return "[node." + name + "]\nplugin = '" + plugin + "'\n" + options;
}

/// "boiler changed: interval", all that is not unchanged, a line each.
std::string told(const std::vector<Difference>& differences) {
  std::string text;
  for (const Difference& one : differences) {
    if (one.fate == Fate::unchanged) { continue; }
    text += one.name + ' ' + std::string{to_string(one.fate)};
    for (const std::string& what : one.what) { text += ' ' + what; }
    text += '\n';
  }
  return text;
}

PipelineDiff between(const std::string& old, const std::string& fresh) {
  return difference(checked(old), checked(fresh));
}

const std::string two = node("t", "tokens") + node("s", "swallow");

}  // namespace

TEST_CASE("diff: the same configuration written otherwise differs in nothing") {
  const std::string one = two + route("t", "s", "linger = '1s'\n");
  const std::string other = route("t", "s", "linger = '1000ms'\n") + node("s", "swallow") + node("t", "tokens");
  const PipelineDiff diff = between(one, other);
  CHECK(diff.is_empty());
  CHECK(diff.nodes.size() == 2);
  CHECK(diff.routes.size() == 1);
}

TEST_CASE("diff: what differs of a node is named by its keys, and no value is told") {
  CHECK(told(between(two, node("t", "tokens", "count = 7\non_failure = 'fail'\n") + node("s", "swallow")).nodes) ==
        "t changed on_failure count\n");
  CHECK(told(between(two, node("t", "tokens") + node("s", "swallow", "isolate = true\nhang_timeout = '1s'\n")).nodes) ==
        "s changed isolate hang_timeout\n");
  CHECK(told(between(two, node("t", "tokens") + node("s", "slow")).nodes) == "s changed plugin\n");
  // The default, given: a plugin may tell the two apart.
  CHECK(told(between(two, node("t", "tokens", "count = 10\n") + node("s", "swallow")).nodes) == "t changed count\n");
}

TEST_CASE("diff: a level, and options that are live, retune a node; not one in another process") {
  const std::string url = "url = 'mqtt://127.0.0.1'\n", other = "subscribe = ['a', 'b']\n";
  CHECK(told(between(two, node("t", "tokens", "log_level = 'debug'\n") + node("s", "swallow")).nodes) ==
        "t retuned log_level\n");
  CHECK(told(between(node("m", "mqtt", url), node("m", "mqtt", url + other)).nodes)
            .starts_with("m retuned subscribe[0]"));
  const std::string isolated = "isolate = true\n" + url;
  CHECK(
      told(between(node("m", "mqtt", isolated), node("m", "mqtt", isolated + other)).nodes).starts_with("m changed "));
  CHECK(told(between(node("m", "mqtt", url), node("m", "mqtt", url + "keep_alive = '9s'\n" + other)).nodes)
            .starts_with("m changed "));
}

TEST_CASE("diff: nodes and routes come and go by their names") {
  const PipelineDiff diff = between(two + route("t", "s"), two + node("n", "swallow") + route("t", "n"));
  CHECK(told(diff.nodes) == "n new\n");
  CHECK(told(diff.routes) == "t -> n new\nt -> s removed\n");
  CHECK(told(between(two, node("t", "tokens")).nodes) == "s removed\n");
}

TEST_CASE("diff: a route is retuned by all that needs no other journal") {
  const auto routes = [](const std::string& old, const std::string& fresh) {
    return told(between(two + route("t", "s", old), two + route("t", "s", fresh)).routes);
  };
  CHECK(routes("", "filter = 'a'\n") == "t -> s retuned filter\n");
  CHECK(routes("", "topic = 'a/{seq}'\n") == "t -> s retuned topic\n");
  CHECK(routes("", "max_messages = 7\nmax_bytes = '2KiB'\n") == "t -> s retuned max_messages max_bytes\n");
  CHECK(routes("", "required = false\n") == "t -> s retuned required\n");
  CHECK(routes("", "batch = { max = 3 }\n") == "t -> s retuned encode batch\n");
  CHECK(routes("durable = true\n", "durable = true\nttl = '1h'\n") == "t -> s retuned ttl\n");
  CHECK(routes("", "durable = true\n") == "t -> s changed durable\n");
  CHECK(routes("durable = true\n", "durable = true\nmax_size = '2MiB'\nsync = 'normal'\n") ==
        "t -> s changed sync max_size\n");
  CHECK(routes("durable = true\n", "durable = true\ndrain = 'newest_first'\n") == "t -> s changed drain\n");
}

TEST_CASE("diff: a route makes those nodes anew that can't change it while they run") {
  CHECK(told(between(two + route("t", "s"), two + route("t", "s", "durable = true\n")).nodes) ==
        "t changed the journal of a route that leaves it\n");
  const std::string isolated = node("t", "tokens") + node("s", "swallow", "isolate = true\n");
  CHECK(told(between(isolated, isolated + route("t", "s")).nodes) == "s changed routes that lead to it\n");
  CHECK(told(between(isolated + route("t", "s"), isolated + route("t", "s", "ttl = '1h'\n")).nodes).empty());
}

TEST_CASE("diff: of [runtime] what can change while it runs is told from what can't") {
  const PipelineDiff diff = between("[runtime]\nname = 'a'\nlog_level = 'debug'\nclock = 'wait'\n" + two,
                                    "[runtime]\nname = 'b'\nmemory = '2MiB'\nhealth_window = '3s'\n" + two);
  CHECK(diff.runtime == std::vector<std::string>{"name", "clock", "log_level", "memory", "health_window"});
  CHECK(diff.fixed == std::vector<std::string>{"name", "clock"});
}

}  // namespace culvert::test
