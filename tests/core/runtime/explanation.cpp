// SPDX-License-Identifier: MIT
#include "core/runtime/explanation.hpp"

#include "core/config/written.hpp"
#include "tests/core/config/support.hpp"
#include "tests/core/runtime/checked.hpp"

#include <algorithm>

using namespace culvert;
using culvert::config::Folder;
using culvert::config::Variable;

namespace {

struct Read {
  config::Value written;
  CheckedPipeline checked;
  std::string text;
};

Read read(const std::vector<std::string>& files) {
  Read made;
  config::Problems problems;
  made.checked = check_pipeline(config::load(files, problems, made.written), test::plugins(), problems);
  INFO(config::lines(problems));
  REQUIRE_FALSE(problems.has_errors());
  made.text = explanation_text(explain(files, made.written, made.checked));
  return made;
}

/// The line of a key in the table with that header, from its first letter to its last.
std::string line(const std::string& text, const std::string& header, const std::string& key) {
  const std::size_t table = text.find("\n" + header + "\n");
  REQUIRE(table != std::string::npos);
  const std::size_t end = text.find("\n\n", table + 1);
  const std::size_t at = text.find("\n" + key + " = ", table);
  if (at == std::string::npos || at > end) { return {}; }
  const std::string all = text.substr(at + 1, text.find('\n', at + 1) - at - 1);
  const std::size_t comment = all.find("  # ");
  const std::size_t last = all.find_last_not_of(' ', comment);
  return comment == std::string::npos ? all : all.substr(0, last + 1) + all.substr(comment);
}

/// The line without the name of the folder.
std::string line(const Folder& folder, const std::string& text, const std::string& header, const std::string& key) {
  std::string found = line(text, header, key);
  const std::string name = folder.path("");
  for (std::size_t at = found.find(name); at != std::string::npos; at = found.find(name)) {
    found.erase(at, name.size());
  }
  return found;
}

/// All settings of all nodes, and what becomes of each route's messages.
std::string effect(const CheckedPipeline& checked) {
  std::string text;
  for (CheckedNode node : checked.nodes) {
    const culvert_settings& settings = node.settings.raw();
    text += node.name + " " + node.facts->id + (node.isolate ? " isolated" : "") + "\n";
    for (uint32_t i = 0; i < settings.count; ++i) {
      const culvert_setting& one = settings.entries[i];
      text.append("  ").append(one.key.data, one.key.size).append("=").append(one.value.data, one.value.size) += '\n';
    }
  }
  for (const Edge& edge : checked.edges) {
    text += edge.spec.name + " " + edge.spec.filter + " " + std::to_string(static_cast<int>(edge.spec.encoding)) + " " +
            std::to_string(edge.spec.limits.max_messages) + " " + std::to_string(edge.spec.limits.linger_ns) + " " +
            std::to_string(edge.spec.limits.ttl_ns) +
            (edge.journal ? " " + std::to_string(edge.journal->max_bytes) : "");
    if (edge.spec.limits.batch) { text += " batch " + std::to_string(edge.spec.limits.batch->max_messages); }
    text += '\n';
  }
  return text;
}

const std::string screen = "[node.screen]\nplugin = 'console'\n";

}  // namespace

TEST_CASE("explanation: each value says its place, with the file of a folder that it was taken from") {
  const Folder folder;
  const std::string a = folder.write("culvert.toml", "[runtime]\nname = 'box'\n" + screen);
  const std::string b = folder.write("culvert.d/10.toml",
                                     "[runtime]\nstate_dir = 'state'\n[node.load]\nplugin = 'sensor'\nkind = 'sine'\n" +
                                         test::route("load", "screen"));
  const std::string text = read({a, b}).text;
  CHECK(text.starts_with("# " + a + ", " + b + ": ok, 2 nodes, 1 route."));
  const auto at = [&](const std::string& header, const std::string& key) { return line(folder, text, header, key); };
  CHECK(at("[runtime]", "name") == "name = \"box\"  # culvert.toml:2:8");
  CHECK(at("[runtime]", "state_dir") == "state_dir = \"culvert.d/state\"  # culvert.d/10.toml:2:13");
  CHECK(at("[node.load]", "kind") == "kind = \"sine\"  # culvert.d/10.toml:5:8");
  CHECK(at("[[route]]", "from") == "from = \"load\"  # culvert.d/10.toml:7:8");
}

TEST_CASE("explanation: a value says the variables that it was made of, and whose default it is") {
  const Folder folder;
  const Variable set{"CULVERT_TEST_SET", "pretty"}, unset{"CULVERT_TEST_UNSET", nullptr};
  const std::string file = folder.write(
      "a.toml",
      "[node.screen]\nplugin = 'console'\nformat = '${CULVERT_TEST_SET}'\nprefix = '${CULVERT_TEST_UNSET:-x}'\n");
  const std::string text = read({file}).text;
  const auto at = [&](const std::string& header, const std::string& key) { return line(folder, text, header, key); };
  CHECK(at("[node.screen]", "format") == "format = \"pretty\"  # a.toml:3:10, from $CULVERT_TEST_SET");
  CHECK(at("[node.screen]", "prefix") == "prefix = \"x\"  # a.toml:4:10, default of $CULVERT_TEST_UNSET");
  CHECK(at("[node.screen]", "on_failure") == "on_failure = \"retry\"  # default");
  CHECK(at("[node.screen]", "log_level") == "log_level = \"info\"  # default: that of [runtime]");
  CHECK(at("[runtime]", "name").ends_with("  # default: the host's name"));
}

TEST_CASE(
    "explanation: what a plugin's facts fill in is its default or its preset, and left out where nobody looks at it") {
  const Folder folder;
  const std::string file = folder.write(
      "a.toml",
      "[node.cloud]\nplugin = 'mqtt'\nurl = 'mqtts://a'\nusername = 'u'\nprofile = 'emqx-serverless'\n"
      "[node.plain]\nplugin = 'mqtt'\nurl = ['mqtt://a', 'mqtt://b:7']\nsubscribe = { topic = 'x', qos = 2 }\n");
  const std::string text = read({file}).text;
  const auto at = [&](const std::string& header, const std::string& key) { return line(folder, text, header, key); };
  CHECK(at("[node.cloud]", "max_rate") == "max_rate = 10.0  # preset of the plugin: profile = 'emqx-serverless'");
  CHECK(at("[node.cloud]", "burst") == "burst = 1  # default of the plugin");
  CHECK(at("[node.cloud]", "tls.min_version") == "tls.min_version = \"1.2\"  # default of the plugin");
  CHECK(at("[node.cloud]", "url") == "url = \"mqtts://a:8883\"  # a.toml:3:7");
  for (const char* key : {"burst", "max_rate", "tls.min_version", "will.payload"}) {
    INFO(key);
    CHECK(at("[node.plain]", key).empty());
  }
  CHECK(at("[node.plain]", "url") == "url = [");
  CHECK(text.find("\n  \"mqtt://b:7\",") != std::string::npos);
  CHECK(at("[[node.plain.subscribe]]", "qos") == "qos = 2  # a.toml:9:34");
  CHECK(at("[[node.plain.subscribe]]", "no_local") == "no_local = false  # default of the plugin");
}

TEST_CASE("explanation: a secret is masked, and where it is is shown where that says nothing of it") {
  const Folder folder;
  const Variable secret{"CULVERT_TEST_SECRET", "hunter2"};
  folder.write("secret.txt", "hunter2\n");
  const std::pair<const char*, const char*> ways[] = {
      {"'hunter2'", "\"********\"  # a.toml:4:12, masked"},
      {"'x${CULVERT_TEST_SECRET}'", "\"********\"  # a.toml:4:12, from $CULVERT_TEST_SECRET, masked"},
      {"'${CULVERT_TEST_NONE:-hunter2}'", "\"********\"  # a.toml:4:12, default of $CULVERT_TEST_NONE, masked"},
      {"'${CULVERT_TEST_SECRET}'", "\"${CULVERT_TEST_SECRET}\"  # a.toml:4:12, from $CULVERT_TEST_SECRET"},
      {"{ env = 'CULVERT_TEST_SECRET' }", "{ env = \"CULVERT_TEST_SECRET\" }  # a.toml:4:12"},
      {"{ file = 'secret.txt' }", "{ file = \"secret.txt\" }  # a.toml:4:12"},
  };
  for (const auto& [written, shown] : ways) {
    const std::string file = folder.write(
        "a.toml", "[node.cloud]\nplugin = 'mqtt'\nurl = 'mqtts://a'\npassword = " + std::string{written} + "\n");
    const Read made = read({file});
    CHECK(line(folder, made.text, "[node.cloud]", "password") == "password = " + std::string{shown});
    CHECK(made.text.find("hunter2") == std::string::npos);
    CHECK(explanation_json(explain({file}, made.written, made.checked)).dump().find("hunter2") == std::string::npos);
  }
}

TEST_CASE("explanation: read back it is the same pipeline, and explains itself in the same words") {
  const Folder folder;
  const Variable unset{"CULVERT_TEST_UNSET", nullptr};
  const std::string file = folder.write(
      "a.toml",
      "[runtime]\nplugin_path = ['x', 'y']\nmemory = '8MiB'\n" + screen +
          "prefix = '$${a} $$$$ \"\\n'\nisolate = true\n"
          "[node.load]\nplugin = 'sensor'\nread = 'proc/*'\ninterval = '${CULVERT_TEST_UNSET:-1500ms}'\nscale = 1e-3\n"
          "[node.cloud]\nplugin = 'mqtt'\nurl = ['mqtts://a', 'mqtts://b:1/']\nclean_start = true\n"
          "subscribe = ['a/#', { topic = 'b', qos = 0 }]\nwill = { topic = 'gone', qos = 1 }\nmax_rate = 5\n" +
          test::route("load", "cloud", "durable = true\nmax_size = '2MiB'\nttl = '1h'\nmax_messages = 16\n") +
          "batch = {}\n" + test::route("load", "screen", "filter = '$SYS/#'\nlinger = '5ms'\nencode = '{value} $'\n") +
          "[[route]]\nfrom = 'cloud'\nto = 'screen'\nrequired = false\n");
  const Read made = read({file});
  const std::string copy = folder.write("elsewhere/b.toml", made.text);
  const Read again = read({copy});
  CHECK(effect(again.checked) == effect(made.checked));
  CHECK(effect(made.checked).find("cloud -> screen") != std::string::npos);
  const auto values = [](const Read& one) {
    std::vector<std::pair<std::string, std::string>> all;
    const auto json = explanation_json(explain({}, one.written, one.checked));
    for (const auto& value : json.at("values")) {
      all.emplace_back(value["key"].get<std::string>(), value["value"].dump());
    }
    return all;
  };
  CHECK(values(again) == values(made));
  CHECK(values(made).size() > 80);
}

TEST_CASE("explanation: what the environment does to every node says so") {
  const Folder folder;
  const Variable all{"CULVERT_ISOLATE", "all"};
  const std::string file =
      folder.write("a.toml", screen + "[node.own]\nplugin = 'console'\nisolate = { files = 64 }\n");
  const std::string text = read({file}).text;
  CHECK(line(folder, text, "[node.screen]", "isolate") == "isolate = true  # environment: CULVERT_ISOLATE");
  CHECK(line(folder, text, "[node.own]", "isolate.files") == "isolate.files = 64  # a.toml:5:21");
}

TEST_CASE("explanation: what stands in a table has its own place and its own variables") {
  const Folder folder;
  const Variable memory{"CULVERT_TEST_MEMORY", "32MiB"}, none{"CULVERT_TEST_NONE", nullptr};
  const Variable name{"CULVERT_TEST_NAME", "CULVERT_TEST_SECRET"}, secret{"CULVERT_TEST_SECRET", "hunter2"};
  const std::string file = folder.write(
      "a.toml",
      "[node.own]\nplugin = 'console'\nisolate = { memory = '${CULVERT_TEST_MEMORY}', cpu = '${CULVERT_TEST_NONE:-2s}' "
      "}\n" +
          std::string{"[node.bare]\nplugin = 'console'\nisolate = {}\n"} +
          "[node.cloud]\nplugin = 'mqtt'\nurl = 'mqtts://a'\npassword = { env = '${CULVERT_TEST_NAME}' }\n");
  const std::string text = read({file}).text;
  const auto at = [&](const std::string& header, const std::string& key) { return line(folder, text, header, key); };
  CHECK(at("[node.own]", "isolate.memory") == "isolate.memory = \"32MiB\"  # a.toml:3:22, from $CULVERT_TEST_MEMORY");
  CHECK(at("[node.own]", "isolate.cpu") == "isolate.cpu = \"2s\"  # a.toml:3:54, default of $CULVERT_TEST_NONE");
  CHECK(at("[node.own]", "isolate").empty());
  CHECK(at("[node.bare]", "isolate") == "isolate = {}  # a.toml:6:11");
  CHECK(at("[node.cloud]", "password") ==
        "password = { env = \"CULVERT_TEST_SECRET\" }  # a.toml:10:12, from $CULVERT_TEST_NAME");
}

TEST_CASE("explanation: a variable that a secret is made of is not shown by another option either") {
  const Folder folder;
  const Variable secret{"CULVERT_TEST_SECRET", "hunter2"}, other{"CULVERT_TEST_OTHER", "plain"};
  folder.write("hunter2.txt", "something\n");
  for (const char* password :
       {"'${CULVERT_TEST_SECRET}'", "'x${CULVERT_TEST_SECRET}'", "{ env = 'CULVERT_TEST_SECRET' }"}) {
    const std::string file = folder.write(
        "a.toml", "[runtime]\nname = '${CULVERT_TEST_SECRET}'\n" + screen +
                      "prefix = '${CULVERT_TEST_SECRET:-hunter3}'\n" +
                      "[node.cloud]\nplugin = 'mqtt'\nurl = ['mqtts://a', 'mqtts://${CULVERT_TEST_SECRET}']\n"
                      "client_id = '${CULVERT_TEST_OTHER}-${CULVERT_TEST_SECRET}'\nusername = '${CULVERT_TEST_OTHER}'\n"
                      "password = " +
                      password +
                      "\n[node.more]\nplugin = 'mqtt'\nurl = 'mqtts://a'\nusername = 'x'\n"
                      "password = { file = '${CULVERT_TEST_SECRET}.txt' }\n" +
                      test::route("cloud", "screen", "topic = 'a/${CULVERT_TEST_SECRET}'\n"));
    const Read made = read({file});
    CHECK(made.text.find("hunter") == std::string::npos);
    CHECK(explanation_json(explain({file}, made.written, made.checked)).dump().find("hunter") == std::string::npos);
    const auto at = [&](const std::string& header, const std::string& key) {
      return line(folder, made.text, header, key);
    };
    CHECK(at("[runtime]", "name") == "name = \"${CULVERT_TEST_SECRET}\"  # a.toml:2:8, from $CULVERT_TEST_SECRET");
    CHECK(at("[node.screen]", "prefix") == "prefix = \"********\"  # a.toml:5:10, from $CULVERT_TEST_SECRET, masked");
    CHECK(at("[node.cloud]", "client_id") ==
          "client_id = \"${CULVERT_TEST_OTHER}-${CULVERT_TEST_SECRET}\"  # a.toml:9:13, from $CULVERT_TEST_OTHER, from "
          "$CULVERT_TEST_SECRET");
    CHECK(at("[node.cloud]", "username") == "username = \"plain\"  # a.toml:10:12, from $CULVERT_TEST_OTHER");
    CHECK(made.text.find("\n  \"mqtts://${CULVERT_TEST_SECRET}\",") != std::string::npos);
    CHECK(at("[[route]]", "topic").starts_with("topic = \"a/${CULVERT_TEST_SECRET}\"  # "));
  }
}

TEST_CASE("explanation: as JSON what may be a list has an index, however many there are") {
  const Folder folder;
  const std::string cloud = "[node.cloud]\nplugin = 'mqtt'\nurl = ";
  const auto keys = [&](const std::string& text) {
    const Read made = read({folder.write("a.toml", text)});
    std::vector<std::string> all;
    const auto json = explanation_json(explain({}, made.written, made.checked));
    for (const auto& value : json.at("values")) { all.push_back(value["key"].get<std::string>()); }
    return all;
  };
  const std::string route = "[[route]]\nfrom = 'cloud'\nto = ";
  const std::vector<std::string> one = keys(screen + cloud + "'mqtt://a'\n" + route + "'screen'\n");
  CHECK(one == keys(screen + cloud + "['mqtt://a']\n" + route + "['screen']\n"));
  for (const char* key : {"node.cloud.url[0]", "route[0].to[0]", "runtime.plugin_path[0]"}) {
    INFO(key);
    CHECK(std::find(one.begin(), one.end(), key) != one.end());
  }
  const std::vector<std::string> two = keys(screen + cloud + "['mqtt://a', 'mqtt://b']\n" + route + "'screen'\n");
  CHECK(two.size() == one.size() + 1);
  CHECK(std::all_of(one.begin(), one.end(),
                    [&](const std::string& key) { return std::find(two.begin(), two.end(), key) != two.end(); }));
}

TEST_CASE("explanation: a route that is not required drops what finds it full, whatever is written") {
  const Folder folder;
  const std::string load = "[node.load]\nplugin = 'sensor'\nkind = 'sine'\n";
  for (const auto& [written, shown] : std::initializer_list<std::pair<std::string, std::string>>{
           {"", "\"block\"  # default"},
           {"required = false\n", "\"drop_newest\"  # default: that of a route with 'required = false'"},
           {"required = false\nwhen_full = 'block'\n",
            "\"drop_newest\"  # a.toml:10:13, that of a route with 'required = false'"},
           {"required = false\nwhen_full = 'thin'\n", "\"thin\"  # a.toml:10:13"},
       }) {
    const std::string text =
        read({folder.write("a.toml", screen + load + test::route("load", "screen", written))}).text;
    CHECK(line(folder, text, "[[route]]", "when_full") == "when_full = " + shown);
  }
}

TEST_CASE("explanation: a batch has what its queue leaves it, and records that become JSON are said") {
  const Folder folder;
  const std::string load = "[node.load]\nplugin = 'sensor'\nkind = 'sine'\n";
  const std::string file = folder.write(
      "a.toml", screen + load + test::route("load", "screen", "max_messages = 7\nbatch = { within = '2s' }\n"));
  const std::string text = read({file}).text;
  const auto at = [&](const std::string& header, const std::string& key) { return line(folder, text, header, key); };
  CHECK(at("[route.batch]", "max") == "max = 7  # default: 'max_messages' of the route");
  CHECK(at("[route.batch]", "within") == "within = \"2s\"  # a.toml:10:20");
  CHECK(at("[route.batch]", "max_bytes") == "max_bytes = \"128KiB\"  # default");
  CHECK(at("[[route]]", "sync").empty());
  CHECK(text.find("\n# encode: json, made of records for 'screen'\n") != std::string::npos);
}
