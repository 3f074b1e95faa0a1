// SPDX-License-Identifier: MIT
#include "core/plugin/options.hpp"

#include "core/plugin/option_file.hpp"
#include "tests/core/plugin/checked.hpp"
#include "tests/core/plugin/folder.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>

using culvert::config::Problems;
using culvert::plugin::Settings;
using culvert::test::check_with;
using culvert::test::Folder;
using culvert::test::Outcome;

namespace {

constexpr std::string_view facts_text = R"(id = "demo"
version = "1.0"
summary = "For a test"
roles = ["connector"]
emits = ["payload"]
accepts = ["payload"]
[option]
url = { type = "url", help = "x", schemes = ["mqtt", "mqtts"], ports = [1883, 8883], credentials = ["name", "password"] }
brokers = { type = "url", help = "x", schemes = ["mqtt"], ports = [1883], list = true }
qos = { type = "integer", help = "x", min = 0, max = 2, default = 1 }
port = { type = "integer", help = "x", min = 1, max = 65535 }
many = { type = "integer", help = "x", min = 1 }
scale = { type = "number", help = "x", max = 100.5 }
clean = { type = "bool", help = "x", default = true }
interval = { type = "duration", help = "x", min = "10ms", max = "1h", default = "1s" }
buffer = { type = "size", help = "x", max = "1MiB" }
name = { type = "string", help = "x", min = 2, max = 4 }
format = { type = "choice", help = "x", values = ["text", "json", "pretty"] }
topic = { type = "topic", help = "x" }
filter = { type = "filter", help = "x" }
line = { type = "template", help = "x", names = ["field"] }
any = { type = "template", help = "x", names = ["*"] }
out = { type = "path", help = "x" }
input = { type = "file", help = "x" }
password = { type = "secret", help = "x", max = 20 }
"tls.ca" = { type = "path", help = "x" }
"tls.names" = { type = "string", help = "x", list = true, needs_option = "tls.ca" }
subscribe = { type = "filter", help = "x", list = true, short_for = "topic" }
"subscribe[].topic" = { type = "filter", help = "x", required = true, example = "a/#" }
"subscribe[].qos" = { type = "integer", help = "x", min = 0, max = 2, default = 1 }
)";

Outcome check(const std::string& options, const std::string& file = "edge.toml") {
  return check_with(facts_text, options, file);
}

/// What follows "edge.toml:LINE:COLUMN: node 'cloud': " of the only problem.
std::string problem(const std::string& options) {
  const std::string all = check(options).problems;
  const std::string subject = "node 'cloud': ";
  const std::size_t at = all.find(subject);
  return at == std::string::npos ? all : all.substr(at + subject.size());
}

/// Facts with one option that must be given.
std::string with_required(const std::string& keys) {
  return "id = \"demo\"\nversion = \"1\"\nsummary = \"x\"\nroles = [\"sink\"]\naccepts = [\"payload\"]\n[option.must]\n"
         "help = \"x\"\nrequired = true\n" +
         keys;
}

}  // namespace

TEST_CASE("options: defaults are filled in and canonical") {
  const Outcome outcome = check("");
  CHECK(outcome.problems.empty());
  CHECK(outcome.value("qos") == "1");
  CHECK(outcome.value("clean") == "true");
  CHECK(outcome.value("interval") == "1000000000");
  CHECK(outcome.value("port") == "(none)");
}

TEST_CASE("options: values are canonical, sorted by key, and say whether they were given") {
  Outcome outcome = check("scale = 2.5\nbuffer = \"64KiB\"\nclean = false\ninterval = \"250ms\"\n");
  CHECK(outcome.problems.empty());
  CHECK(outcome.value("scale") == "2.5");
  CHECK(outcome.value("buffer") == "65536");
  CHECK(outcome.value("clean") == "false");
  CHECK(outcome.value("interval") == "250000000");
  const culvert_settings& raw = outcome.settings.raw();
  REQUIRE(raw.count == 5);
  std::string keys;
  for (uint32_t i = 0; i < raw.count; ++i) {
    keys.append(raw.entries[i].key.data, raw.entries[i].key.size).append(raw.entries[i].given != 0 ? "+ " : " ");
    CHECK(raw.entries[i].value.data[raw.entries[i].value.size] == '\0');
  }
  CHECK(keys == "buffer+ clean+ interval+ qos scale+ ");
}

TEST_CASE("options: a problem names file, line, column, node and option") {
  CHECK(check("\n  qos = 5\n").problems == "edge.toml:2:9: node 'cloud': option 'qos' must be 0, 1 or 2, got 5");
}

TEST_CASE("options: ranges of numbers") {
  CHECK(problem("qos = -1") == "option 'qos' must be 0, 1 or 2, got -1");
  CHECK(problem("qos = \"1\"") == "option 'qos' must be an integer, got '1'");
  CHECK(problem("qos = 1.0") == "option 'qos' must be an integer, got 1.0");
  CHECK(problem("port = 70000") == "option 'port' must be from 1 to 65535, got 70000");
  CHECK(problem("many = 0") == "option 'many' must be at least 1, got 0");
  CHECK(problem("many = 1.5") == "option 'many' must be an integer, got 1.5");
  CHECK(problem("scale = 101") == "option 'scale' must be at most 100.5, got 101");
  CHECK(problem("scale = nan").starts_with("option 'scale' must be a finite number, got "));
  CHECK(problem("scale = \"x\"") == "option 'scale' must be a number, got 'x'");
  CHECK(problem("clean = 1") == "option 'clean' must be true or false, got 1");
  CHECK(problem("qos = [1]") == "option 'qos' must be an integer, got a list");
}

TEST_CASE("options: durations and sizes have a unit") {
  CHECK(problem("interval = 5") == "option 'interval' must be a duration such as \"1s\", got 5");
  CHECK(problem("interval = \"soon\"") == "option 'interval' must be a duration such as \"1s\", got 'soon'");
  CHECK(problem("interval = \"2h\"") == "option 'interval' must be from 10ms to 1h, got 2h");
  CHECK(problem("buffer = 1024") == "option 'buffer' must be a size such as \"64KiB\", got 1024");
  CHECK(problem("buffer = \"2MiB\"") == "option 'buffer' must be at most 1MiB, got 2MiB");
}

TEST_CASE("options: texts have a length, choices have values") {
  CHECK(problem("name = \"x\"") == "option 'name' must be from 2 to 4 bytes long, got 1: 'x'");
  CHECK(problem("format = \"jsn\"") ==
        "option 'format' must be 'text', 'json' or 'pretty', got 'jsn', did you mean 'json'?");
  CHECK(problem("format = \"a\\nb\"") == "option 'format' must be 'text', 'json' or 'pretty', got 'a\\x0ab'");
}

TEST_CASE("options: topics, filters and templates") {
  CHECK(problem("topic = \"a/+\"") == "option 'topic' must be a topic: 'a/+' holds the wildcard '+'");
  CHECK(problem("filter = \"a/#/b\"").starts_with("option 'filter' must be a topic filter: 'a/#/b' "));
  CHECK(check("filter = \"a/+/#\"\nline = \"{value} {field} {{\"\nany = \"{whatever}\"").problems.empty());
  CHECK(problem("line = \"{valeu}\"") == "option 'line' uses the unknown name '{valeu}', did you mean 'value'?");
  CHECK(problem("line = \"{x}\"").starts_with("option 'line' uses the unknown name '{x}', known are {value} "));
  CHECK(problem("line = \"{x}\"").ends_with("{seq} {field} {field.NAME} {property.NAME}"));
  CHECK(problem("line = \"{propert.site}\"") ==
        "option 'line' uses the unknown name '{propert.site}', did you mean 'property.site'?");
  CHECK(problem("line = \"{field.x} {property.y}\"").empty());
  CHECK(problem("line = \"{value\"").starts_with("option 'line' has a '{' without its '}'"));
}

TEST_CASE("options: an unknown one is said with the nearest known one") {
  CHECK(problem("qoz = 1") == "unknown option 'qoz', did you mean 'qos'?");
  CHECK(problem("ca = \"x\"") == "unknown option 'ca', did you mean 'tls.ca'?");
  CHECK(problem("tls.cq = \"x\"") == "unknown option 'tls.cq', did you mean 'tls.ca'?");
  CHECK(problem("tls = \"x\"") == "option 'tls' is a table of 'tls.ca' or 'tls.names', got text");
}

TEST_CASE("options: all problems come in one run, in the order of the file") {
  CHECK(check("qos = 5\nzzzzzz = 1\nport = 0\n").problems ==
        "edge.toml:1:7: node 'cloud': option 'qos' must be 0, 1 or 2, got 5\n"
        "edge.toml:2:1: node 'cloud': unknown option 'zzzzzz'\n"
        "edge.toml:3:8: node 'cloud': option 'port' must be from 1 to 65535, got 0");
}

TEST_CASE("options: a missing one is said at the node, with an example") {
  CHECK(check_with(with_required("type = \"string\"\nexample = \"abc\"\n"), "").problems ==
        "edge.toml:9:7: node 'cloud': option 'must' is missing, such as must = \"abc\"");
  CHECK(check_with(with_required("type = \"integer\"\nexample = 5\n"), "").problems ==
        "edge.toml:9:7: node 'cloud': option 'must' is missing, such as must = 5");
  CHECK(check_with(with_required("type = \"string\"\nlist = true\n"), "must = []").problems ==
        "edge.toml:1:8: node 'cloud': option 'must' must not be empty");
}

TEST_CASE("options: a table is the same as dotted keys") {
  for (const char* text : {"tls.ca = \"/a\"", "tls = { ca = \"/a\" }", "[tls]\nca = \"/a\"", "\"tls.ca\" = \"/a\""}) {
    CHECK(check(text).value("tls.ca") == "/a");
  }
  CHECK(problem("\"tls.ca\" = \"/a\"\ntls.ca = \"/b\"") == "option 'tls.ca' is given twice");
}

TEST_CASE("options: a list takes one value or several") {
  const Outcome two = check("brokers = [\"mqtt://a\", \"mqtt://b:1\"]");
  CHECK(two.value("brokers[0]") == "mqtt://a:1883");
  CHECK(two.value("brokers[1]") == "mqtt://b:1");
  CHECK(check("brokers = \"mqtt://a\"").value("brokers[0]") == "mqtt://a:1883");
  CHECK(problem("brokers = 5") == "option 'brokers' must be a text, got 5");
  CHECK(problem("subscribe = \"a#\"").starts_with("option 'subscribe' must be a topic filter: "));
  CHECK(check("brokers = [\n\"mqtt://a\",\n5]").problems ==
        "edge.toml:3:1: node 'cloud': option 'brokers[1]' must be a text, got 5");
}

TEST_CASE("options: a list of tables takes plain values in their place") {
  const Outcome outcome = check("subscribe = [\"a/#\", { topic = \"b\", qos = 2 }]");
  CHECK(outcome.problems.empty());
  CHECK(outcome.value("subscribe[0].topic") == "a/#");
  CHECK(outcome.value("subscribe[0].qos") == "1");
  CHECK(outcome.value("subscribe[1].topic") == "b");
  CHECK(outcome.value("subscribe[1].qos") == "2");
  CHECK(check("[[subscribe]]\ntopic = \"b\"").value("subscribe[0].topic") == "b");
  CHECK(problem("subscribe = [{ qos = 1 }]") == "option 'subscribe[0].topic' is missing, such as topic = \"a/#\"");
  CHECK(problem("subscribe = [{ topic = \"b\", qoss = 1 }]") ==
        "option 'subscribe[0]' has no key 'qoss', did you mean 'qos'?");
}

TEST_CASE("options: one that needs another is refused alone") {
  CHECK(problem("tls.names = [\"a\"]") == "option 'tls.names' is of use only together with option 'tls.ca'");
  CHECK(check("tls.names = [\"a\"]\ntls.ca = \"x\"").problems.empty());
}

TEST_CASE("options: a URL has a known scheme, a host and a port, and nothing else") {
  CHECK(check("url = \"MQTTS://broker.example/\"").value("url") == "mqtts://broker.example:8883");
  CHECK(check("url = \"mqtt://[::1]:99\"").value("url") == "mqtt://[::1]:99");
  CHECK(check("url = \"mqtt://[fe80::1%eth0]\"").value("url") == "mqtt://[fe80::1%eth0]:1883");
  CHECK(problem("url = \"mqtx://a\"") ==
        "option 'url' must start with 'mqtt://' or 'mqtts://', got 'mqtx://', did you mean 'mqtt'?");
  CHECK(problem("url = \"broker\"") == "option 'url' must start with 'mqtt://' or 'mqtts://', got 'broker'");
  CHECK(problem("url = \"mqtt://\"") == "option 'url' has no host: 'mqtt://'");
  CHECK(problem("url = \"mqtt://a:0\"") == "option 'url' must have a port from 1 to 65535, got '0'");
  CHECK(problem("url = \"mqtt://a:70000\"") == "option 'url' must have a port from 1 to 65535, got '70000'");
  CHECK(problem("url = \"mqtt://a:\"") == "option 'url' must have a port from 1 to 65535, got ''");
  CHECK(problem("url = \"mqtt://::1\"").find("an IPv6 address goes between") != std::string::npos);
  CHECK(problem("url = \"mqtt://[1.2.3.4]\"").starts_with("option 'url' has no IPv6 address between"));
  CHECK(problem("url = \"mqtt://a b\"") == "option 'url' has a host with the character ' ': 'mqtt://a b'");
  CHECK(problem("url = \"mqtt://a/path\"") == "option 'url' must end after host and port, as in 'mqtt://a'");
  CHECK(problem("url = \"mqtt://a:1?token=hunter2\"") ==
        "option 'url' must end after host and port, as in 'mqtt://a:1'");
  CHECK(problem("url = \"a?token=hunter2\"") == "option 'url' must start with 'mqtt://' or 'mqtts://', got 'a'");
  CHECK(problem("url = \"a?token=hunter2://\"") == "option 'url' must start with 'mqtt://' or 'mqtts://'");
  CHECK(problem("url = \"mqtt://münchen\"") == "option 'url' has a host with the character 'ü': 'mqtt://münchen'");
  const std::string said = problem("url = \"mqtt://user:hunter2@a\"");
  CHECK(said == "option 'url' must not hold a user or a password (put them into 'name' and 'password')");
  CHECK(problem("brokers = \"mqtt://user:hunter2@a\"") == "option 'brokers' must not hold a user or a password");
}

TEST_CASE("options: paths are relative to the file that names them") {
  const Folder folder;
  const std::string file = folder.write("edge.toml", "");
  CHECK(check("out = \"logs/../a.txt\"", file).value("out") == folder.path("a.txt"));
  CHECK(check("out = \"/var/a.txt\"", file).value("out") == "/var/a.txt");
  folder.write("in.txt", "x");
  CHECK(check("input = \"in.txt\"", file).value("input") == folder.path("in.txt"));
  CHECK(problem("input = \"/nowhere/a\"") ==
        "option 'input' names '/nowhere/a', which cannot be read: No such file or directory");
  CHECK(problem("input = \"/\"") == "option 'input' names '/', which is a folder, not a file");
  CHECK(problem("out = \"\"") == "option 'out' must be a path, got an empty text");
}

TEST_CASE("options: a secret is a text, or read from environment, file or credential") {
  const Folder folder;
  const std::string file = folder.write("edge.toml", "");
  ::chmod(file.c_str(), 0600);
  CHECK(check("password = \"hunter2\"", file).value("password") == "hunter2");
  ::setenv("CULVERT_TEST_SECRET", "from env", 1);
  CHECK(check("password = { env = \"CULVERT_TEST_SECRET\" }", file).value("password") == "from env");
  folder.write("secret", "from file\n");
  CHECK(check("password.file = \"secret\"", file).value("password") == "from file");
  folder.write("binary", std::string_view{"a\0b", 3});
  CHECK(check("password.file = \"binary\"", file).problems.ends_with("holds a NUL character, which no option may"));
  ::setenv("CREDENTIALS_DIRECTORY", folder.path().c_str(), 1);
  CHECK(check("password = { credential = \"secret\" }", file).value("password") == "from file");
  ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_CASE("options: a secret that is not there is said, and never what it is") {
  ::unsetenv("CULVERT_TEST_ABSENT");
  ::setenv("CULVERT_TEST_SECRET", "", 1);
  CHECK(problem("password = { env = \"CULVERT_TEST_ABSENT\" }") ==
        "option 'password' names the environment variable 'CULVERT_TEST_ABSENT', which is not set");
  CHECK(problem("password = { env = \"CULVERT_TEST_SECRET\" }") ==
        "option 'password' names the environment variable 'CULVERT_TEST_SECRET', which is empty");
  CHECK(problem("password = { file = \"/nowhere/a\" }") ==
        "option 'password' names the file '/nowhere/a', which cannot be read: No such file or directory");
  CHECK(problem("password = { credential = \"../a\" }") ==
        "option 'password' names the credential '../a', which is no name of one");
  CHECK(problem("password = { credential = \"a\" }").find("$CREDENTIALS_DIRECTORY is not set") != std::string::npos);
  CHECK(problem("password = { enw = \"A\" }").ends_with("got the key 'enw', did you mean 'env'?"));
  CHECK(problem("password = 4711") == "option 'password' must be a text, got a value of type integer");
  CHECK(problem("password = \"hunter2hunter2hunter2\"") ==
        "option 'password' must be at most 20 bytes long, got 21 bytes");
}

TEST_CASE("options: a secret in a file that others can read is a warning") {
  const Folder folder;
  const std::string file = folder.write("edge.toml", "");
  ::chmod(file.c_str(), 0644);
  const std::string said = check("password = \"hunter2\"", file).problems;
  CHECK(said.starts_with(
      file + ":1:12: warning: node 'cloud': option 'password' is a secret in a file that others can read (mode 0644)"));
  CHECK(said.find("hunter2") == std::string::npos);
  ::setenv("CULVERT_TEST_SECRET", "hunter2", 1);
  CHECK(check("password = { env = \"CULVERT_TEST_SECRET\" }", file).problems.empty());
  ::chmod(file.c_str(), 0600);
  CHECK(check("password = \"hunter2\"", file).problems.empty());
}

TEST_CASE("options: a secret of asterisks, which stand for one that was hidden, is a warning") {
  const Folder folder;
  const std::string file = folder.write("edge.toml", "");
  ::chmod(file.c_str(), 0600);
  for (const char* hidden : {"*", "*****", "********"}) {
    CHECK(check("password = \"" + std::string{hidden} + "\"", file).problems ==
          file +
              ":1:12: warning: node 'cloud': option 'password' is nothing but asterisks, as 'culvert check --explain' "
              "writes for a secret that it hides: put the secret in their place");
  }
  CHECK(check("password = \"***x***\"", file).problems.empty());
  ::setenv("CULVERT_TEST_SECRET", "*****", 1);
  CHECK(check("password = { env = \"CULVERT_TEST_SECRET\" }", file).problems.empty());
}

TEST_CASE("options: a secret in a file has no end of line, and is 64 KiB long at most") {
  const std::string longest(64 << 10, 'x');
  for (const char* end : {"", "\n", "\r\n"}) {
    CHECK(culvert::plugin::secret_in({longest + end, {}}).value == longest);
    CHECK(culvert::plugin::secret_in({end, {}}).why == "is empty");
    CHECK(culvert::plugin::secret_in({longest + 'x' + end, {}}).why == "is larger than 64 KiB");
    const Folder folder;
    const std::string file = folder.write("secret", longest + end);
    CHECK(culvert::plugin::read_file(file, culvert::plugin::max_secret_file).is_good());
  }
  CHECK(culvert::plugin::secret_in({"a\n\n", {}}).value == "a\n");
}

TEST_CASE("options: a secret that came from a variable is no warning") {
  const Folder folder;
  ::setenv("CULVERT_TEST_SECRET", "hunter2", 1);
  const std::string file =
      folder.write("edge.toml", "[node.cloud]\nplugin = \"demo\"\npassword = \"${CULVERT_TEST_SECRET}\"\n");
  ::chmod(file.c_str(), 0644);
  Problems problems;
  const auto pipeline = culvert::config::load({file}, problems);
  REQUIRE(pipeline.nodes.size() == 1);
  const auto facts = culvert::plugin::parse_facts(facts_text, "demo.so", problems);
  const Settings settings = culvert::plugin::check_options(pipeline.nodes[0], *facts, problems, "");
  REQUIRE(settings.find("password") != nullptr);
  CHECK(*settings.find("password") == "hunter2");
  for (const auto& one : problems.sorted()) { CHECK(to_string(one).find("password") == std::string::npos); }
}
