// SPDX-License-Identifier: MIT
#include "core/config/pipeline.hpp"

#include "core/config/folders.hpp"
#include "tests/core/config/support.hpp"

#include <doctest/doctest.h>

#include <ctime>

using namespace culvert::config;

namespace {

std::string errors(std::string_view text) {
  Problems problems;
  load_text(text, "edge.toml", problems);
  return lines(problems);
}

constexpr std::string_view whole = R"([runtime]
name = "edge-01"
state_dir = "state/./x/../y/"
plugin_path = ["plugins", "/opt/culvert"]
log_level = "debug"
memory = "8MiB"

[node.boiler]
plugin = "sensor"
interval = "1s"
tls.ca = "ca.crt"
tls.alpn = ["mqtt"]

[node.screen]
plugin = "console"
log_level = "warn"

[[route]]
from = "boiler"
to = ["screen", "boiler"]
filter = "plant/#"
topic = "plant/{node}"
encode = "json"
qos = 2
retain = false
required = false
when_full = "drop_oldest"
max_messages = 7
max_bytes = "64KiB"
linger = "250ms"

[[route]]
from = "boiler"
to = "screen"
batch = { max = 7, within = "5s", max_bytes = "2KiB" }

[[route]]
from = "boiler"
to = "screen"
max_messages = 50
max_bytes = "100KiB"
batch = {}
)";

}  // namespace

TEST_CASE("pipeline: every key of the host is read") {
  Problems problems;
  const Pipeline pipeline = load_text(whole, "/etc/edge/edge.toml", problems);
  CHECK(lines(problems).empty());
  CHECK(pipeline.runtime.name == "edge-01");
  CHECK(pipeline.runtime.state_dir == "/etc/edge/state/y");
  CHECK(pipeline.runtime.plugin_path == std::vector<std::string>{"/etc/edge/plugins", "/opt/culvert"});
  CHECK(pipeline.runtime.log_level == LogLevel::debug);
  CHECK(pipeline.runtime.memory == 8 << 20);
  REQUIRE(pipeline.nodes.size() == 2);
  CHECK(pipeline.nodes[0].plugin == "sensor");
  CHECK(to_string(pipeline.nodes[0].place) == "/etc/edge/edge.toml:8:7");
  CHECK(to_string(pipeline.nodes[0].plugin_place) == "/etc/edge/edge.toml:9:10");
  CHECK_FALSE(pipeline.nodes[0].log_level);
  CHECK(pipeline.nodes[1].log_level == LogLevel::warn);
  REQUIRE(pipeline.routes.size() == 3);
  const Route& route = pipeline.routes[0];
  CHECK(to_string(route.place) == "/etc/edge/edge.toml:18:1");
  CHECK(route.from.name == "boiler");
  CHECK(route.to.size() == 2);
  CHECK(to_string(route.to[1].place) == "/etc/edge/edge.toml:20:17");
  CHECK(route.filter->name == "plant/#");
  CHECK(route.topic->name == "plant/{node}");
  CHECK(route.encode->name == "json");
  CHECK(route.qos->value == 2);
  CHECK(to_string(route.qos->place) == "/etc/edge/edge.toml:24:7");
  CHECK_FALSE(route.retain->value);
  CHECK(to_string(route.retain->place) == "/etc/edge/edge.toml:25:10");
  CHECK_FALSE(route.required);
  CHECK(route.when_full == WhenFull::drop_oldest);
  CHECK(route.max_messages == 7);
  CHECK(route.max_bytes == 65536);
  CHECK(route.linger_ns == 250'000'000);
  CHECK(to_string(route.linger_place) == "/etc/edge/edge.toml:30:10");
  CHECK_FALSE(route.batch);
}

TEST_CASE("pipeline: a batch is read, and what is not given of it has its default, which fits the queue") {
  Problems problems;
  const Pipeline pipeline = load_text(whole, "edge.toml", problems);
  const auto& given = pipeline.routes.at(1).batch;
  REQUIRE(given);
  CHECK(given->max == 7);
  CHECK(given->within_ns == 5'000'000'000);
  CHECK(given->max_bytes == 2048);
  const auto& fitted = pipeline.routes.at(2).batch;
  REQUIRE(fitted);
  CHECK(fitted->max == 50);
  CHECK(fitted->within_ns == 1'000'000'000);
  CHECK(fitted->max_bytes == 102'400);
  const Pipeline plain =
      load_text("[node.a]\nplugin = 'x'\n[[route]]\nfrom = 'a'\nto = 'a'\nbatch = {}\n", "edge.toml", problems);
  CHECK(plain.routes.at(0).batch->max == 100);
  CHECK(plain.routes.at(0).batch->max_bytes == 131'072);
  CHECK(lines(problems).empty());
}

TEST_CASE("pipeline: what is wrong with a batch is said at its place, all of it") {
  const auto with = [](const std::string& more) {
    return errors("[node.a]\nplugin = 'x'\n[[route]]\nfrom = 'a'\nto = 'a'\n" + more);
  };
  const std::string place = "edge.toml:6:";
  CHECK(with("batch = 100") == place +
                                   "9: route: 'batch' must be a table such as { max = 100, within = \"1s\" }, got "
                                   "integer\n");
  CHECK(with("batch = { max = 0, within = 5, max_bytes = '2MiB', whitin = '1s' }") ==
        place + "17: route: 'batch': 'max' must be an integer from 1 to 1000, got 0\n" + place +
            "29: route: 'batch': 'within' must have a unit: write it with one, such as \"5ms\"\n" + place +
            "44: route: 'batch': 'max_bytes' must be from 1KiB to 1MiB, got '2MiB'\n" + place +
            "52: route: 'batch': unknown key 'whitin', did you mean 'within'?\n");
  CHECK(with("batch = { max = 1001, within = '2h', max_bytes = '1B' }") ==
        place + "17: route: 'batch': 'max' must be an integer from 1 to 1000, got 1001\n" + place +
            "32: route: 'batch': 'within' must be from 1ms to 1h, got '2h'\n" + place +
            "50: route: 'batch': 'max_bytes' must be from 1KiB to 1MiB, got '1B'\n");
  CHECK(with("batch = { max = 11, max_bytes = '64KiB' }\nmax_messages = 10\nmax_bytes = '32KiB'\n") ==
        place +
            "17: route: 'batch': 'max' must not be above 'max_messages' of the route, which is 10 messages, got "
            "11\n" +
            place +
            "33: route: 'batch': 'max_bytes' must not be above 'max_bytes' of the route, which is 32768 bytes, "
            "got 65536\n");
  CHECK(with("batch = { max = 10, max_bytes = '32KiB' }\nmax_messages = 10\nmax_bytes = '32KiB'\n").empty());
  CHECK(with("batchs = {}").find("unknown key 'batchs', did you mean 'batch'?") != std::string::npos);
}

TEST_CASE("pipeline: a plugin's own options are left as they are, in the order of the file") {
  Problems problems;
  const Pipeline pipeline = load_text(whole, "edge.toml", problems);
  const Table& options = pipeline.nodes.at(0).options;
  REQUIRE(options.size() == 2);
  CHECK(options[0].key == "interval");
  CHECK(options[1].key == "tls");
  CHECK(*options[1].value.find("ca")->as<std::string>() == "ca.crt");
  CHECK(options[1].value.find("alpn")->as<List>() != nullptr);
  CHECK(pipeline.nodes.at(1).options.empty());
}

TEST_CASE("pipeline: what is not given has its default") {
  const Variable given{"STATE_DIRECTORY", "/run/a:/run/b"};
  Problems problems;
  const Pipeline pipeline = load_text("[node.a]\nplugin = 'x'\n[[route]]\nfrom = 'a'\nto = 'a'", "edge.toml", problems);
  CHECK(lines(problems).empty());
  CHECK(is_name(pipeline.runtime.name));
  CHECK(pipeline.runtime.state_dir == "/run/a");
  CHECK(pipeline.runtime.plugin_path.empty());
  CHECK(pipeline.runtime.log_level == LogLevel::info);
  CHECK(pipeline.runtime.memory == 24 << 20);
  CHECK(pipeline.runtime.clock == ClockUse::mark);
  const Route& route = pipeline.routes.at(0);
  CHECK_FALSE(route.filter);
  CHECK_FALSE(route.qos);
  CHECK_FALSE(route.retain);
  CHECK(route.required);
  CHECK(route.when_full == WhenFull::block);
  CHECK(route.max_messages == 1024);
  CHECK(route.max_bytes == 1 << 20);
  CHECK(route.linger_ns == 0);
}

TEST_CASE("pipeline: what becomes of readings without a clock is one of three words") {
  const auto clock_of = [](const std::string& word) {
    Problems problems;
    const Pipeline pipeline =
        load_text("[runtime]\nclock = '" + word + "'\n[node.a]\nplugin = 'x'\n", "a.toml", problems);
    return lines(problems).empty() ? std::optional{pipeline.runtime.clock} : std::nullopt;
  };
  CHECK(clock_of("mark") == ClockUse::mark);
  CHECK(clock_of("wait") == ClockUse::wait);
  CHECK(clock_of("correct") == ClockUse::correct);
  CHECK(errors("[runtime]\nclock = 'corect'\n[node.a]\nplugin = 'x'\n") ==
        "edge.toml:2:9: runtime: 'clock' must be 'mark', 'wait' or 'correct', got 'corect', did you mean 'correct'?\n");
}

TEST_CASE("pipeline: all problems come in one run, each at its place") {
  CHECK(
      errors(R"([runtime]
name = "-edge"
nmae = 1
state_dir = 5
plugin_path = [7, "a", "a"]
memory = 24
log_level = "inof"
status.port = 1
[node."a b"]
plugin = ""
[node.cloud]
log_level = 3
[node.b]
plugin = "mq tt"
[nodes.c]
[[route]]
form = "cloud"
to = []
[[route]]
from = "clod"
to = ["b", "b", "x", 5]
filter = 5
topic = ""
encode = false
required = "no"
when_full = "drop"
max_messages = 0
max_bytes = "2GiB"
linger = "5 ms"
[[route]]
from = ["b"]
to = "b"
max_messages = "7"
max_bytes = 64
linger = 1.5
durable = 1
[[route]]
from = "b"
)") ==
      R"(edge.toml:2:8: runtime: name '-edge' must start with a letter or digit and have at most 64 letters, digits, '_' and '-'
edge.toml:3:1: runtime: unknown key 'nmae', did you mean 'name'?
edge.toml:4:13: runtime: 'state_dir' must be text, got integer
edge.toml:5:16: runtime: 'plugin_path' must be a list of texts, got integer
edge.toml:5:24: runtime: 'plugin_path' names 'a' twice
edge.toml:6:10: runtime: 'memory' must have a unit: write it with one, such as "24MiB"
edge.toml:7:13: runtime: 'log_level' must be 'error', 'warn', 'info' or 'debug', got 'inof', did you mean 'info'?
edge.toml:8:1: runtime: unknown key 'status'
edge.toml:9:7: node 'a b': the name 'a b' must start with a letter or digit and have at most 64 letters, digits, '_' and '-'
edge.toml:10:10: node 'a b': 'plugin' must not be empty
edge.toml:11:7: node 'cloud': 'plugin' is missing: name the plugin that the node runs
edge.toml:12:13: node 'cloud': 'log_level' must be 'error', 'warn', 'info' or 'debug', got integer
edge.toml:14:10: node 'b': the plugin's name 'mq tt' must start with a letter or digit and have at most 64 letters, digits, '_' and '-'
edge.toml:15:2: unknown key 'nodes', did you mean 'node'?
edge.toml:16:1: route: 'from' is missing: name the node that messages come from
edge.toml:17:1: route: unknown key 'form', did you mean 'from'?
edge.toml:18:6: route: 'to' must not be empty
edge.toml:20:8: route: 'from' names 'clod', which is no node, did you mean 'cloud'?
edge.toml:21:12: route: 'to' names 'b' twice
edge.toml:21:17: route: 'to' names 'x', which is no node
edge.toml:21:22: route: 'to' must be a list of texts, got integer
edge.toml:22:10: route: 'filter' must be text, got integer
edge.toml:23:9: route: 'topic' must not be empty
edge.toml:24:10: route: 'encode' must be text, got boolean
edge.toml:25:12: route: 'required' must be true or false, got text
edge.toml:26:13: route: 'when_full' must be 'block', 'drop_oldest', 'drop_newest' or 'thin', got 'drop'
edge.toml:27:16: route: 'max_messages' must be an integer from 1 to 1000000, got 0
edge.toml:28:13: route: 'max_bytes' must be from 1KiB to 1GiB, got '2GiB'
edge.toml:29:10: route: 'linger' must be a duration such as "5ms", got '5 ms'
edge.toml:31:8: route: 'from' must be text, got list
edge.toml:33:16: route: 'max_messages' must be an integer from 1 to 1000000, got text
edge.toml:34:13: route: 'max_bytes' must have a unit: write it with one, such as "64KiB"
edge.toml:35:10: route: 'linger' must be a duration such as "5ms", got number
edge.toml:36:11: route: 'durable' must be true or false, got integer
edge.toml:37:1: route: 'to' is missing: name the nodes that messages go to
)");
}

TEST_CASE("pipeline: a part of the wrong shape says how to write it") {
  CHECK(errors("runtime = 1\nnode.a = 2\nroute = [3]\n") ==
        "edge.toml:1:11: 'runtime' must be a table: write [runtime]\n"
        "edge.toml:2:10: node 'a': must be a table, got integer: write [node.NAME]\n"
        "edge.toml:3:10: route: must be a table, got integer: write [[route]]\n");
  CHECK(errors("node = 1\n[route]\n") ==
        "edge.toml:1:8: 'node' must hold tables: write [node.NAME]\n"
        "edge.toml:2:1: 'route' must be a list of tables: write [[route]]\n");
  CHECK(errors("") == "edge.toml: warning: names no node: add a [node.NAME] table\n");
}

TEST_CASE("pipeline: what came from a variable is checked as if it had been written") {
  const Variable level{"CULVERT_TEST_LEVEL", "loud"};
  CHECK(errors("[runtime]\nlog_level = \"${CULVERT_TEST_LEVEL}\"\n[node.a]\nplugin = 'x'").find(", got 'loud'") !=
        std::string::npos);
  CHECK(errors("[runtime]\nlog_level = \"${CULVERT_TEST_LEVEL:-info}\"\nstate_dir = \"${CULVERT_TEST_GONE\"\n") ==
        "edge.toml: warning: names no node: add a [node.NAME] table\n"
        "edge.toml:2:13: runtime: 'log_level' must be 'error', 'warn', 'info' or 'debug', got 'loud'\n"
        "edge.toml:3:13: '${' has no '}': write '$${' for a plain one\n");
}

TEST_CASE("pipeline: control bytes of a name do not reach the terminal, and long names are cut") {
  CHECK(errors("\"a\\u001b[2J\" = 1").find("unknown key 'a\\x1b[2J'") != std::string::npos);
  const std::string name(100'000, 'x');
  CHECK(errors("[node." + name + "]\nplugin = 'x'\n").size() < 500);
}

TEST_CASE("pipeline: names are letters, digits, '_' and '-', at most 64") {
  for (const std::string& name : {std::string{"a"}, std::string{"0"}, std::string{"A-b_9"}, std::string(64, 'x')}) {
    CHECK(is_name(name));
  }
  for (const std::string& name : {std::string{}, std::string{"-a"}, std::string{"_a"}, std::string{"a.b"},
                                  std::string{"a/b"}, std::string{"é"}, std::string(65, 'x')}) {
    CHECK_FALSE(is_name(name));
  }
}

TEST_CASE("pipeline: a host's name is made to fit") {
  CHECK(fitting_name("edge-01.example.org") == "edge-01");
  CHECK(fitting_name("-_edge 01!") == "edge01");
  CHECK(fitting_name("") == "culvert");
  CHECK(fitting_name("...") == "culvert");
  CHECK(fitting_name(std::string(100, 'x')) == std::string(64, 'x'));
}

TEST_CASE("pipeline: the 1025th node and the 4097th route are refused") {
  std::string nodes, routes;
  for (int i = 0; i < 1024; ++i) { nodes += "[node.n" + std::to_string(i) + "]\nplugin = 'x'\n"; }
  CHECK(errors(nodes).empty());
  CHECK(errors(nodes + "[node.over]\nplugin = 'x'\n") == "edge.toml:2049:7: there are more than 1024 nodes\n");
  const std::string node = "[node.a]\nplugin = 'x'\n";
  for (int i = 0; i < 4096; ++i) { routes += "[[route]]\nfrom='a'\nto='a'\n"; }
  CHECK(errors(node + routes).empty());
  CHECK(errors(node + routes + "[[route]]\nfrom='a'\nto='a'\n") ==
        "edge.toml:12291:1: there are more than 4096 routes, each name in 'to' being one\n");
}

TEST_CASE("pipeline: thousands of dangling names are said without a long search") {
  std::string text;
  for (int i = 0; i < 1000; ++i) { text += "[node.a-rather-long-name-" + std::to_string(i) + "]\nplugin = 'x'\n"; }
  for (int i = 0; i < 4000; ++i) {
    text += "[[route]]\nfrom = 'a-rather-long-nmae-" + std::to_string(i) + "'\nto = 'a-rather-long-name-1'\n";
  }
  const std::clock_t begin = std::clock();
  CHECK(
      errors(text).starts_with("edge.toml:2002:8: route: 'from' names 'a-rather-long-nmae-0', which is no node, did "
                               "you mean 'a-rather-long-name-0'?\n"));
  CHECK((std::clock() - begin) / CLOCKS_PER_SEC < 2);
}
