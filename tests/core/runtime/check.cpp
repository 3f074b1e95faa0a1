// SPDX-License-Identifier: MIT
#include "core/runtime/check.hpp"

#include "tests/core/runtime/checked.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace culvert;
using namespace culvert::test;

namespace {

// Lines 1 to 14: seven nodes, whose routes a test adds from line 15 on.
const std::string nodes = R"([node.src]
plugin = "tokens"
[node.rec]
plugin = "first"
[node.up]
plugin = "shout"
[node.both]
plugin = "relay_transform"
[node.sink]
plugin = "swallow"
[node.bytes]
plugin = "reject"
[node.fields]
plugin = "records"
)";

}  // namespace

TEST_CASE("check: each reader of a route gets an edge with all of the route's keys") {
  config::Problems problems;
  const std::string text = nodes + R"([[route]]
from = "rec"
to = ["sink", "bytes"]
filter = "plant/#"
topic = "plant/{runtime}/{node}"
required = false
when_full = "drop_oldest"
max_messages = 7
max_bytes = "64KiB"
linger = "5ms"
)" + route("rec", "sink", "encode = 'text'\n") +
                           route("rec", "bytes", "encode = '{value} {unit}'\n");
  const CheckedPipeline made = check_pipeline(config::load_text(text, "edge.toml", problems), plugins(), problems);
  CHECK_FALSE(problems.has_errors());
  REQUIRE(made.nodes.size() == 7);
  CHECK(made.nodes[1].name == "rec");
  CHECK(made.nodes[1].facts->id == "first");
  REQUIRE(made.edges.size() == 4);
  const Edge& edge = made.edges[1];
  CHECK(edge.from == 1);
  CHECK(edge.to == 5);
  CHECK(edge.spec.name == "rec -> bytes");
  CHECK(edge.spec.filter == "plant/#");
  CHECK(edge.spec.topic.has_value());
  CHECK(edge.spec.encoding == Encoding::json);
  CHECK_FALSE(edge.spec.required);
  CHECK(edge.spec.limits.when_full == WhenFull::drop_oldest);
  CHECK(edge.spec.limits.max_messages == 7);
  CHECK(edge.spec.limits.max_bytes == 65536);
  CHECK(edge.spec.limits.linger_ns == 5'000'000);
  CHECK(made.edges[0].spec.encoding == Encoding::none);
  CHECK(made.edges[2].spec.encoding == Encoding::text);
  CHECK(made.edges[2].spec.name == "rec -> sink #2");
  CHECK(made.edges[3].spec.encoding == Encoding::pattern);
  CHECK(made.edges[3].spec.pattern.has_value());
}

TEST_CASE("check: each durable route has a journal of its own, named after its nodes") {
  config::Problems problems;
  const std::string text = nodes + route("rec", "sink", "durable = true\nsync = 'normal'\nmax_size = '8MiB'\n") +
                           route("rec", "bytes") +
                           route("rec", "sink", "durable = true\ndrain = 'newest_first'\nttl = '1h'\n");
  const CheckedPipeline made = check_pipeline(config::load_text(text, "edge.toml", problems), plugins(), problems);
  CHECK_FALSE(problems.has_errors());
  REQUIRE(made.edges.size() == 3);
  REQUIRE(made.edges[0].journal);
  CHECK(made.edges[0].journal->name == "rec.sink");
  CHECK_FALSE(made.edges[0].journal->full_sync);
  CHECK(made.edges[0].journal->max_bytes == 8 << 20);
  CHECK_FALSE(made.edges[0].spec.limits.newest_first);
  CHECK_FALSE(made.edges[1].journal);
  REQUIRE(made.edges[2].journal);
  CHECK(made.edges[2].journal->name == "rec.sink.2");
  CHECK(made.edges[2].spec.limits.newest_first);
  CHECK(made.edges[2].spec.limits.ttl_ns == 3600 * 1'000'000'000LL);
}

TEST_CASE("check: defaults of options are filled in") {
  config::Problems problems;
  CheckedPipeline made = check_pipeline(config::load_text(nodes, "edge.toml", problems), plugins(), problems);
  REQUIRE(made.nodes.at(0).settings.find("count") != nullptr);
  CHECK(*made.nodes[0].settings.find("count") == "10");
}

TEST_CASE("check: an unknown plugin is said with the nearest, and a broken one with its reason") {
  const std::string unknown = errors("[node.a]\nplugin = 'shuot'\n");
  CHECK(unknown.starts_with("edge.toml:2:10: node 'a': there is no plugin 'shuot' in '"));
  CHECK(unknown.ends_with(", did you mean 'shout'?\n"));
  const std::string broken = errors("[node.a]\nplugin = 'broken_facts'\n");
  CHECK(broken.starts_with("edge.toml:2:10: node 'a': plugin 'broken_facts': "));
  CHECK(errors("[node.a]\nplugin = 'a\\nb'\n").find("there is no plugin") == std::string::npos);
}

TEST_CASE("check: options are checked against the plugin's facts") {
  CHECK(errors("[node.a]\nplugin = 'tokens'\ncuont = 3\n") ==
        "edge.toml:3:1: node 'a': unknown option 'cuont', did you mean 'count'?\n");
}

TEST_CASE("check: routes lead from what emits to what takes") {
  CHECK(errors(nodes + route("sink", "bytes")) ==
        "edge.toml:16:8: route: 'from' names 'sink', but plugin 'swallow' emits nothing\n");
  CHECK(errors(nodes + route("rec", "src")) ==
        "edge.toml:17:6: route: 'to' names 'src', but plugin 'tokens' takes no messages\n");
}

TEST_CASE("check: a sink of records can not take payloads") {
  CHECK(errors(nodes + route("src", "fields")) ==
        "edge.toml:17:6: route: 'src' emits payloads, and 'fields' takes only records\n");
  CHECK(errors(nodes + route("rec", "fields", "encode = 'json'\n")) ==
        "edge.toml:18:10: route: 'encode' makes payloads, and 'fields' takes only records\n");
  CHECK(errors(nodes + route("rec", "fields")).empty());
  CHECK(warnings("[node.both]\nplugin = 'relay_transform'\n[node.fields]\nplugin = 'records'\n" +
                 route("both", "fields")) ==
        "edge.toml:7:6: warning: route: 'both' may emit payloads, which 'fields' rejects: it takes only records\n");
}

TEST_CASE("check: 'encode' for a source without records is of no use") {
  CHECK(warnings("[node.src]\nplugin = 'tokens'\n[node.bytes]\nplugin = 'reject'\n" +
                 route("src", "bytes", "encode = 'text'\n")) ==
        "edge.toml:8:10: warning: route: 'encode' is of no use: 'src' emits no records\n");
}

TEST_CASE("check: 'qos' and 'retain' of a route are properties of its messages") {
  config::Problems problems;
  const CheckedPipeline made =
      check_pipeline(config::load_text(nodes + route("rec", "up", "qos = 2\nretain = false\n") + route("rec", "up"),
                                       "edge.toml", problems),
                     plugins(), problems);
  CHECK_FALSE(problems.has_errors());
  REQUIRE(made.edges.size() == 2);
  REQUIRE(made.edges[0].spec.properties.size() == 2);
  CHECK(made.edges[0].spec.properties[0].name == "mqtt.qos");
  CHECK(made.edges[0].spec.properties[0].value == "2");
  CHECK(made.edges[0].spec.properties[1].name == "mqtt.retain");
  CHECK(made.edges[0].spec.properties[1].value == "0");
  CHECK(made.edges[1].spec.properties.empty());
  CHECK(errors(nodes + route("rec", "up", "qos = 3\nretain = 1\n")) ==
        "edge.toml:18:7: route: 'qos' must be an integer from 0 to 2, got 3\n"
        "edge.toml:19:10: route: 'retain' must be true or false, got integer\n");
}

TEST_CASE("check: 'qos' and 'retain' are of no use where no connector follows") {
  const std::string text =
      "[node.rec]\nplugin = 'first'\n[node.sink]\nplugin = 'swallow'\n[node.fields]\nplugin = "
      "'records'\n[node.up]\nplugin = 'shout'\n[node.cloud]\nplugin = 'mqtt'\nurl = "
      "'mqtt://localhost'\n" +
      route("rec", "up") + route("rec", "cloud");
  const auto with = [&](const std::string& to, const std::string& more) {
    return warnings(text + "[[route]]\nfrom = 'rec'\nto = " + to + "\n" + more);
  };
  const std::string lonely =
      "edge.toml:3:7: warning: node 'sink': no route leads to it or away from it\n"
      "edge.toml:5:7: warning: node 'fields': no route leads to it or away from it\n";
  CHECK(with("'cloud'", "qos = 0\nretain = true\n") == lonely);
  CHECK(with("'up'", "qos = 0\n") == lonely);
  CHECK(with("['sink', 'fields', 'cloud']", "qos = 0\n").empty());
  CHECK(with("['sink', 'fields']", "qos = 0\n") ==
        "edge.toml:21:7: warning: route: 'qos' is of no use: 'sink' and the others are no connectors\n");
  CHECK(with("'sink'", "retain = true\nqos = 0\n") ==
        "edge.toml:5:7: warning: node 'fields': no route leads to it or away from it\n"
        "edge.toml:21:10: warning: route: 'retain' is of no use: 'sink' is no connector\n"
        "edge.toml:22:7: warning: route: 'qos' is of no use: 'sink' is no connector\n");
}

TEST_CASE("check: filters and topics are refused where they stand") {
  const auto with = [](const std::string& more) { return errors(nodes + route("src", "sink", more)); };
  CHECK(with("filter = 'a/#/b'\n") == "edge.toml:18:10: route: 'filter' has a '#' that is not the last level\n");
  CHECK(with("filter = 'a+/b'\n") == "edge.toml:18:10: route: 'filter' has a '+' that is not a whole level\n");
  CHECK(with("filter = '$SYS/#'\n").empty());
  CHECK(with("topic = 'plant/#'\n") == "edge.toml:18:9: route: 'topic' holds the wildcard '#'\n");
  CHECK(with("topic = 'plant/+/{topic}'\n") == "edge.toml:18:9: route: 'topic' holds the wildcard '+'\n");
  CHECK(with("topic = '{node'\n") == "edge.toml:18:9: route: 'topic' has a '{' without its '}' at column 1\n");
  CHECK(with("topic = 'a/{}'\n") == "edge.toml:18:9: route: 'topic' has an empty name\n");
  CHECK(with("topic = '" + std::string(65536, 'x') + "'\n") ==
        "edge.toml:18:9: route: 'topic' is longer than 65535 bytes\n");
  CHECK(with("topic = '{value}{unit}{time}{node}{runtime}{topic}{seq}{{'\n").empty());
}

TEST_CASE("check: a name that no template knows is said with the nearest, or with all") {
  const auto with = [](const std::string& more) { return errors(nodes + route("rec", "sink", more)); };
  CHECK(with("topic = 'a/{nod}'\n") ==
        "edge.toml:18:9: route: 'topic' has the unknown name '{nod}', did you mean 'node'?\n");
  CHECK(with("encode = '{weather}'\n") ==
        "edge.toml:18:10: route: 'encode' has the unknown name '{weather}', known are {value} {unit} {time} {node} "
        "{runtime} {topic} {seq} {field.NAME} {property.NAME}\n");
  CHECK(with("encode = '{fields.temp}'\n") ==
        "edge.toml:18:10: route: 'encode' has the unknown name '{fields.temp}', did you mean 'field.temp'?\n");
  CHECK(with("topic = 'a/{property.}'\n") == "edge.toml:18:9: route: 'topic' has no name behind '{property.'\n");
  CHECK(with("topic = '{field.temp}/{property.site}'\nencode = '{field.temp}'\n").empty());
  CHECK(with("topic = '{field.temp}/{property.site}/#'\n") ==
        "edge.toml:18:9: route: 'topic' holds the wildcard '#'\n");
  CHECK(with("encode = 'jsno'\n") ==
        "edge.toml:18:10: route: 'encode' must be 'json', 'text' or a template such as '{value}', got 'jsno', did you "
        "mean 'json'?\n");
}

TEST_CASE("check: a slip in a route is said once") {
  const std::string said = errors(nodes + "[[route]]\nfrom = ['src', 'rec']\nto = 'sink'\n");
  CHECK(said == "edge.toml:16:8: route: 'from' must be text, got list\n");
  CHECK(errors(nodes + route("rec", "sink", "topic = '{nod}'\n")) ==
        "edge.toml:18:9: route: 'topic' has the unknown name '{nod}', did you mean 'node'?\n");
}

TEST_CASE("check: a node's own topic cannot be made from itself") {
  CHECK(errors("[node.a]\nplugin = 'sensor'\nread = '/x'\ntopic = 'a/{topic}'\n") ==
        "edge.toml:4:9: node 'a': option 'topic' uses the name '{topic}', which is not of use there: it is what gives "
        "the messages their topic\n");
}

TEST_CASE("check: what a sensor or a console would refuse to run with is refused") {
  CHECK(errors("[node.a]\nplugin = 'sensor'\n") ==
        "edge.toml:1:7: node 'a': option 'read' is missing, which kind = 'file' needs, such as read = "
        "\"/sys/class/thermal/thermal_zone0/temp\"\n");
  for (const std::string option : {"read", "pattern", "root"}) {
    CHECK(errors("[node.a]\nplugin = 'sensor'\nkind = 'counter'\n" + option + " = '(x)'\n") ==
          "edge.toml:4:1: node 'a': option '" + option + "' is of use only with kind = 'file'\n");
  }
  CHECK(errors("[node.a]\nplugin = 'console'\nformat = 'json'\nprefix = '> '\n") ==
        "edge.toml:4:1: node 'a': option 'prefix' is of use only with format = 'text' or 'pretty'\n");
}

TEST_CASE("check: a folder of plugins that is not there is a warning") {
  config::Problems problems;
  const auto read =
      config::load_text("[runtime]\nplugin_path = ['/nowhere']\n[node.a]\nplugin = 'x'\n", "edge.toml", problems);
  check_pipeline(read, plugin::Registry{read.runtime.plugin_path}, problems);
  CHECK(lines(problems).starts_with("edge.toml:2:16: warning: runtime: 'plugin_path': '/nowhere' cannot be read: "));
}

TEST_CASE("check: a batch reaches each edge of its route, and makes payloads of records for any reader") {
  config::Problems problems;
  const std::string text = nodes + route("rec", "sink", "batch = { max = 7, within = '5s', max_bytes = '2KiB' }\n") +
                           route("rec", "bytes", "encode = '{value}'\nbatch = {}\n") + route("src", "sink");
  const CheckedPipeline made = check_pipeline(config::load_text(text, "edge.toml", problems), plugins(), problems);
  CHECK_FALSE(problems.has_errors());
  REQUIRE(made.edges.size() == 3);
  const auto& batch = made.edges[0].spec.limits.batch;
  REQUIRE(batch);
  CHECK(batch->max_messages == 7);
  CHECK(batch->within_ns == 5'000'000'000);
  CHECK(batch->max_bytes == 2048);
  CHECK(made.edges[0].spec.encoding == Encoding::json);
  CHECK(made.edges[1].spec.encoding == Encoding::pattern);
  CHECK(made.edges[1].spec.limits.batch);
  CHECK_FALSE(made.edges[2].spec.limits.batch);
}

TEST_CASE("check: a batch is refused where the reader takes only records, and where messages would need numbers") {
  const std::string at = "edge.toml:18:";
  CHECK(errors(nodes + route("rec", "fields", "batch = {}\n")) ==
        at + "9: route: 'batch' makes payloads, and 'fields' takes only records\n");
  CHECK(errors(nodes + route("rec", "bytes", "topic = 'a/{seq}'\nencode = '{seq}'\nbatch = {}\n")) ==
        at + "9: route: 'topic' uses the name '{seq}', which a message of a 'batch' has not\nedge.toml:19:10: route: "
             "'encode' uses the name '{seq}', which a message of a 'batch' has not\n");
  CHECK(errors(nodes + route("rec", "bytes", "topic = 'a/{value}'\nencode = 'text'\nbatch = {}\n")).empty());
}

TEST_CASE("check: a batch of payloads, beside a linger, or larger than what feeds its writer is a warning") {
  const std::string two = "[node.src]\nplugin = 'tokens'\n[node.bytes]\nplugin = 'reject'\n";
  CHECK(
      warnings(two + route("src", "bytes", "batch = {}\n")) ==
      "edge.toml:8:9: warning: route: 'batch' gathers no records here, since 'src' emits payloads: JSON goes in as it "
      "is, other text as a string, and what is no text goes alone\n");
  const std::string records =
      "[node.rec]\nplugin = 'first'\n[node.both]\nplugin = 'relay_transform'\n"
      "[node.bytes]\nplugin = 'reject'\n";
  CHECK(warnings(records + route("rec", "both", "max_messages = 99\n") +
                 route("both", "bytes", "linger = '1ms'\nbatch = {}\n")) ==
        "edge.toml:14:10: warning: route: 'linger' beside 'batch' makes a batch wait a second time\n"
        "edge.toml:15:9: warning: route: 'batch' gathers up to 100 messages, but the routes to 'both' hold 99 "
        "('max_messages'): it always waits for 'within'\n");
  CHECK(warnings(records + route("rec", "both") + route("both", "bytes", "durable = true\nbatch = {}\n")) ==
        "edge.toml:14:9: warning: route: what gathers in a 'batch' is not on disk before it leaves, so that 'durable' "
        "does not hold for up to 'within'\n");
  CHECK(warnings(records + route("rec", "both", "max_messages = 60\n") + route("rec", "both", "max_messages = 40\n") +
                 route("both", "bytes", "batch = {}\n"))
            .empty());
}

TEST_CASE("check: a cycle needs a filter and a route that drops") {
  const std::string filter = "no route of it has a 'filter', which would end what goes round";
  const std::string drop = "no route of it drops when it is full, as with when_full = \"drop_oldest\"";
  const std::string in = "edge.toml:15:1: route: is in the cycle up -> both -> up: ";
  const auto with = [](const std::string& first, const std::string& second) {
    return errors(nodes + route("up", "both", first) + route("both", "up", second));
  };
  CHECK(with("", "") == in + filter + ", and " + drop + "\n");
  CHECK(with("filter = 'a'\n", "") == in + drop + "\n");
  CHECK(with("", "required = false\n") == in + filter + "\n");
  CHECK(with("filter = 'a'\n", "required = false\n").empty());
  CHECK(with("filter = 'a'\nwhen_full = 'drop_newest'\n", "").empty());
}

TEST_CASE("check: a node that feeds itself is a cycle, and a cycle begins at its first node") {
  CHECK(errors(nodes + route("up", "up")).starts_with("edge.toml:15:1: route: is in the cycle up -> up: "));
  const std::string third = "[node.third]\nplugin = 'shout'\n";
  CHECK(errors(nodes + third + route("third", "up") + route("both", "third") + route("up", "both"))
            .starts_with("edge.toml:23:1: route: is in the cycle up -> both -> third -> up: "));
  CHECK(
      errors(nodes + route("src", "up") + route("up", "both") + route("src", "both") + route("both", "sink")).empty());
}

TEST_CASE("check: many routes in many cycles are checked at once") {
  std::string text;
  for (int i = 0; i < 60; ++i) { text += "[node.n" + std::to_string(i) + "]\nplugin = 'shout'\n"; }
  for (int i = 0; i < 60; ++i) {
    for (int j = 0; j < 60; ++j) { text += route("n" + std::to_string(i), "n" + std::to_string(j)); }
  }
  CHECK(errors(text).find("is in the cycle n0 -> ") != std::string::npos);
}

TEST_CASE("check: a node that no route touches is a warning, unless something else is wrong already") {
  CHECK(warnings("[node.src]\nplugin = 'tokens'\n") ==
        "edge.toml:1:7: warning: node 'src': no route leads to it or away from it\n");
  CHECK(errors("[node.src]\nplugin = 'tokens'\n" + route("scr", "src")) ==
        "edge.toml:4:8: route: 'from' names 'scr', which is no node, did you mean 'src'?\n");
}
