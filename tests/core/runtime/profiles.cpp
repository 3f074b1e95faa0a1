// SPDX-License-Identifier: MIT
// What the profiles of the real 'mqtt' set, and that each of their quotas is warned of, once, and not a step too early.
#include "tests/core/runtime/checked.hpp"

using namespace culvert;
using namespace culvert::test;

namespace {

/// A connector at 1:7 with a profile at 3:11, and more options from line 4 on; then a slow sensor that feeds it.
std::string cloud(const std::string& profile, const std::string& more, const std::string& interval = "1s",
                  const std::string& route_keys = "", const std::string& topic = "a") {
  const std::string url = more.find("url") == std::string::npos ? "url = 'mqtts://x'\n" : "";
  return "[node.cloud]\nplugin = 'mqtt'\nprofile = '" + profile + "'\n" + more + url + "username = 'u'\n" +
         "[node.a]\nplugin = 'sensor'\nkind = 'sine'\ninterval = '" + interval + "'\ntopic = '" + topic + "'\n" +
         route("a", "cloud", route_keys);
}

/// What is said of it, without a line feed.
std::string said(const std::string& text) {
  std::string all = warnings(text);
  if (!all.empty()) { all.pop_back(); }
  return all;
}

std::string at(const std::string& place, const std::string& text) {
  return "edge.toml:" + place + ": warning: " + text;
}

std::string repeated(const std::string& one, int times, const std::string& between) {
  std::string text;
  for (int i = 0; i < times; ++i) { text += (i == 0 ? "" : between) + one; }
  return text;
}

/// "subscribe = ['t0', 't1']"
std::string subscribe(int count) {
  std::string text = "subscribe = [";
  for (int i = 0; i < count; ++i) { text += (i == 0 ? "'t" : ", 't") + std::to_string(i) + "'"; }
  return text + "]\n";
}

std::string preset(const std::string& profile, const std::string& option, const std::string& more = "") {
  config::Problems problems;
  CheckedPipeline made =
      check_pipeline(config::load_text(cloud(profile, more), "edge.toml", problems), plugins(), problems);
  const std::string* value = made.nodes.at(0).settings.find(option);
  return value == nullptr ? "(none)" : *value;
}

const std::string emqx = "emqx-serverless", aws = "aws-iot";
const std::string emqx_allows = ", profile = 'emqx-serverless' allows ", aws_allows = ", profile = 'aws-iot' allows ";
const std::string emqx_rate =
    "at most 10: so many messages may one client publish per second; raise the interval of the sources, or set batch "
    "on the routes";

}  // namespace

TEST_CASE("profile: each sets what the connector can keep to, and what is given goes before it") {
  CHECK(preset("generic", "max_rate") == "(none)");
  CHECK(preset(emqx, "max_rate") == "10");
  CHECK(preset(aws, "max_rate") == "100");
  CHECK(preset(emqx, "max_rate", "max_rate = 3\n") == "3");
  CHECK(preset("generic", "session_expiry", "clean_start = true\n") == "0");
}

TEST_CASE("profile: generic knows no quota of any broker") {
  CHECK(said(cloud("generic", subscribe(60) + "url = 'mqtt://x'\nkeep_alive = '1s'\nqos = 2\n", "1ms",
                   "qos = 2\ntopic = 'a/b/c/d/e/f/g/h/i/j/k/l'\n"))
            .empty());
}

TEST_CASE("profile: emqx-serverless takes TLS only") {
  CHECK(said(cloud(emqx, "url = ['mqtts://x', 'mqtt://y']\n")) ==
        at("4:21", "node 'cloud': option 'url[1]' has the scheme 'mqtt'" + emqx_allows +
                       "only 'mqtts': the broker speaks TLS 1.2 and 1.3 only"));
}

TEST_CASE("profile: emqx-serverless takes ten publishes per second") {
  CHECK(said(cloud(emqx, "", "100ms")).empty());
  CHECK(said(cloud(emqx, "", "90ms")) ==
        at("3:11", "node 'cloud': 'a' brings 11.11 messages/s" + emqx_allows + emqx_rate));
  // Three sensors at 5 Hz.
  std::string three = cloud(emqx, "", "200ms");
  for (const char* name : {"b", "c"}) {
    three += std::string{"[node."} + name + "]\nplugin = 'sensor'\nkind = 'sine'\ninterval = '200ms'\n" +
             route(name, "cloud");
  }
  CHECK(said(three) == at("3:11", "node 'cloud': 'a', 'b' and 'c' bring 15 messages/s" + emqx_allows + emqx_rate));
  // Of each sensor one batch in two seconds.
  const std::string to_cloud = "to = 'cloud'\n";
  for (std::size_t at_route = three.find(to_cloud); at_route != std::string::npos;) {
    three.insert(at_route + to_cloud.size(), "batch = { max = 10, within = '5s' }\n");
    at_route = three.find(to_cloud, at_route + 1);
  }
  CHECK(said(three).empty());
  CHECK(said(cloud(emqx, "max_rate = 11\n")) ==
        at("4:12", "node 'cloud': option 'max_rate' is 11" + emqx_allows +
                       "at most 10: so many messages may one client publish per second"));
}

TEST_CASE("profile: emqx-serverless takes ten subscriptions of ten levels") {
  CHECK(said(cloud(emqx, subscribe(10))).empty());
  CHECK(said(cloud(emqx, subscribe(11))) ==
        at("4:13", "node 'cloud': option 'subscribe' has 11 values" + emqx_allows +
                       "at most 10: so many subscriptions may one client have; join some with a wildcard"));
  CHECK(said(cloud(emqx, "subscribe = '" + repeated("a", 10, "/") + "'\n")).empty());
  CHECK(said(cloud(emqx, "subscribe = '$share/g/" + repeated("a", 11, "/") + "'\n")) ==
        at("4:13", "node 'cloud': option 'subscribe[0].topic' has 11 levels" + emqx_allows +
                       "at most 10: so many levels may a subscribed topic have; end it with '#'"));
}

TEST_CASE("profile: emqx-serverless takes client ids of 1024 characters") {
  CHECK(said(cloud(emqx, "client_id = '" + repeated("ä", 1024, "") + "'\n")).empty());
  CHECK(said(cloud(emqx, "client_id = '" + repeated("ä", 1025, "") + "'\n")) ==
        at("4:13", "node 'cloud': option 'client_id' has 1025 characters" + emqx_allows +
                       "at most 1024: so long may a client id be"));
}

TEST_CASE("profile: emqx-serverless keeps sessions of 3.1.1 for two hours") {
  CHECK(said(cloud(emqx, "version = '3.1.1'\nsession_expiry = '2h'\n")).empty());
  CHECK(said(cloud(emqx, "session_expiry = '3h'\n")).empty());
  CHECK(said(cloud(emqx, "version = '3.1.1'\nsession_expiry = '3h'\n")) ==
        at("5:18",
           "node 'cloud': option 'session_expiry' is 3h, profile = 'emqx-serverless' and version = '3.1.1' allows "
           "at most 2h: so long is a session of MQTT 3.1.1 kept, whatever is asked for"));
}

TEST_CASE("profile: who comes without what lets him in is warned") {
  const auto bare = [](const std::string& profile, const std::string& more) {
    return said("[node.cloud]\nplugin = 'mqtt'\nprofile = '" + profile + "'\nurl = 'mqtts://x'\n" + more +
                "[node.a]\nplugin = 'sensor'\nkind = 'sine'\n" + route("a", "cloud"));
  };
  CHECK(bare("generic", "").empty());
  CHECK(bare(emqx, "username = 'u'\n").empty());
  CHECK(bare(emqx, "") == at("3:11",
                             "node 'cloud': profile 'emqx-serverless': the broker lets nobody in without a "
                             "username and its password"));
  CHECK(bare(aws, "username = 'u'\n").empty());
  CHECK(bare(aws, "").starts_with(at("3:11", "node 'cloud': profile 'aws-iot': the broker lets nobody in without ")));
}

TEST_CASE("profile: aws-iot takes TLS only, and a hundred publishes per second") {
  CHECK(said(cloud(aws, "url = 'mqtt://x'\n")) ==
        at("4:7", "node 'cloud': option 'url[0]' has the scheme 'mqtt'" + aws_allows +
                      "only 'mqtts': the broker speaks TLS only"));
  CHECK(said(cloud(aws, "", "10ms")).empty());
  CHECK(said(cloud(aws, "", "5ms"))
            .starts_with(at("3:11", "node 'cloud': 'a' brings 200 messages/s" + aws_allows + "at most 100: so many ")));
  CHECK(said(cloud(aws, "max_rate = 101\n")) ==
        at("4:12", "node 'cloud': option 'max_rate' is 101" + aws_allows +
                       "at most 100: so many messages may one connection publish per second"));
}

TEST_CASE("profile: aws-iot takes fifty subscriptions") {
  CHECK(said(cloud(aws, subscribe(50))).empty());
  CHECK(said(cloud(aws, subscribe(51))) ==
        at("4:13", "node 'cloud': option 'subscribe' has 51 values" + aws_allows +
                       "at most 50: so many subscriptions may one connection have; join some with a wildcard"));
}

TEST_CASE("profile: aws-iot takes topics of eight levels and 256 bytes, wherever one comes from") {
  const std::string eight = repeated("a", 8, "/"), nine = repeated("a", 9, "/");
  const std::string allows =
      " has 9 levels" + aws_allows + "at most 8: so many levels may a topic have, with 7 slashes between them";
  CHECK(said(cloud(aws, "subscribe = '" + eight + "'\nwill.topic = '" + eight + "'\n", "1s", "", eight)).empty());
  CHECK(said(cloud(aws, "subscribe = '" + nine + "'\n")) ==
        at("4:13", "node 'cloud': option 'subscribe[0].topic'" + allows));
  CHECK(said(cloud(aws, "will.topic = '" + nine + "'\n")) == at("4:14", "node 'cloud': option 'will.topic'" + allows));
  CHECK(said(cloud(aws, "status_topic = '" + nine + "'\n")) ==
        at("4:16", "node 'cloud': option 'status_topic'" + allows));
  CHECK(said(cloud(aws, "", "1s", "", nine)) ==
        at("11:1", "route: the topics for 'cloud' have 9 levels" + aws_allows +
                       "at most 8: so many levels may a topic have, with 7 slashes between them"));
  CHECK(said(cloud(aws, "", "1s", "topic = '" + nine + "'\n"))
            .starts_with(at("14:9", "route: the topics for 'cloud' have 9 levels")));
  CHECK(said(cloud(aws, "subscribe = '" + std::string(256, 'a') + "'\n")).empty());
  CHECK(said(cloud(aws, "subscribe = '" + std::string(257, 'a') + "'\n")) ==
        at("4:13", "node 'cloud': option 'subscribe[0].topic' has 257 bytes" + aws_allows +
                       "at most 256B: so long may a topic be"));
}

TEST_CASE("profile: aws-iot takes client ids of 128 bytes and a keep-alive from 30 to 1200 seconds") {
  CHECK(said(cloud(aws, "client_id = '" + std::string(128, 'a') + "'\nkeep_alive = '20m'\n")).empty());
  CHECK(said(cloud(aws, "client_id = '" + std::string(129, 'a') + "'\n")) ==
        at("4:13",
           "node 'cloud': option 'client_id' has 129 bytes" + aws_allows + "at most 128B: so long may a client id be"));
  CHECK(said(cloud(aws, "keep_alive = '29s'\n")) ==
        at("4:14", "node 'cloud': option 'keep_alive' is 29s" + aws_allows +
                       "30s to 1200s: other values are taken for the nearest of these"));
  CHECK(said(cloud(aws, "keep_alive = '21m'\n"))
            .starts_with(at("4:14", "node 'cloud': option 'keep_alive' is 21m" + aws_allows)));
}

TEST_CASE("profile: aws-iot has no QoS 2, wherever it is asked for") {
  const std::string most = aws_allows + "at most 1: the broker has no QoS 2";
  CHECK(said(cloud(aws, "qos = 1\n", "1s", "qos = 1\n")).empty());
  CHECK(said(cloud(aws, "qos = 2\n")) ==
        at("4:7", "node 'cloud': option 'qos' is 2" + most + ": the connector publishes with QoS 1 then"));
  CHECK(said(cloud(aws, "", "1s", "qos = 2\n")) ==
        at("14:7", "route: 'qos' is 2" + most + ": the connector publishes with QoS 1 then"));
  CHECK(said(cloud(aws, "subscribe = [{ topic = 'a', qos = 2 }]\n")) ==
        at("4:35", "node 'cloud': option 'subscribe[0].qos' is 2" + most + ", and may refuse the subscription"));
  CHECK(said(cloud(aws, "will = { topic = 'a', qos = 2 }\n")) ==
        at("4:29", "node 'cloud': option 'will.qos' is 2" + most + ", and may refuse the connection"));
}

TEST_CASE("profile: aws-iot keeps sessions for a week, and those of 3.1.1 for an hour") {
  CHECK(said(cloud(aws, "session_expiry = '168h'\n")).empty());
  CHECK(said(cloud(aws, "session_expiry = '169h'\n")) ==
        at("4:18",
           "node 'cloud': option 'session_expiry' is 169h" + aws_allows + "at most 7d: so long may a session be kept"));
  CHECK(said(cloud(aws, "version = '3.1.1'\nsession_expiry = '1h'\n")).empty());
  CHECK(said(cloud(aws, "version = '3.1.1'\nsession_expiry = '2h'\n")) ==
        at("5:18",
           "node 'cloud': option 'session_expiry' is 2h, profile = 'aws-iot' and version = '3.1.1' allows at most "
           "1h: so long is a session of MQTT 3.1.1 kept, unless the account has another value"));
}

TEST_CASE("mqtt: subscriptions above QoS 0 in a session that ends with the connection are warned of") {
  const std::string lost = "node 'cloud': the session ends with the connection: ";
  CHECK(said(cloud("generic", "subscribe = 'a'\n")).empty());
  CHECK(said(cloud("generic", "subscribe = [{ topic = 'a', qos = 0 }]\nclean_start = true\n")).empty());
  CHECK(said(cloud("generic", "subscribe = 'a'\nclean_start = true\nsession_expiry = '1m'\n")).empty());
  CHECK(said(cloud("generic", "subscribe = 'a'\nsession_expiry = '0s'\n")).starts_with(at("5:18", lost)));
  CHECK(said(cloud("generic", "clean_start = true\nsubscribe = ['a', { topic = 'b', qos = 2 }]\n"))
            .starts_with(at("5:13", lost)));
  CHECK(said(cloud("generic", "clean_start = true\nversion = '3.1.1'\nsession_expiry = '2h'\nsubscribe = 'a'\n"))
            .starts_with(at("4:15", "node 'cloud': with MQTT 3.1.1 and clean_start the session ends ")));
}

TEST_CASE("mqtt: a rate above max_rate is warned of, whatever the broker") {
  CHECK(said(cloud("generic", "max_rate = 2.5\n", "400ms")).empty());
  CHECK(said(cloud("generic", "max_rate = 2.5\n", "200ms"))
            .starts_with(
                at("4:12", "node 'cloud': 'a' brings 5 messages/s, max_rate = 2.5 allows at most 2.5: the rest ")));
}

TEST_CASE("mqtt: two connectors with one client id at one broker are warned of, with both places") {
  const std::string one = "client_id = 'edge'\nurl = 'mqtts://x'\n";
  const auto two = [&](const std::string& second) {
    return said(cloud("generic", one) + "[node.other]\nplugin = 'mqtt'\n" + second + route("a", "other"));
  };
  CHECK(two("url = ['mqtts://y', 'mqtts://x:8883']\nclient_id = 'edge'\n") ==
        at("18:13",
           "node 'other': option 'client_id' is 'edge', as that of node 'cloud' at edge.toml:4:13 with the same "
           "'url': the two would be taken for one"));
  CHECK(two("client_id = 'edge'\nurl = 'mqtts://y'\n").empty());
  CHECK(two("client_id = 'edge2'\nurl = 'mqtts://x'\n").empty());
  CHECK(two(one + "tls.server_name = 'y'\n").empty());
}

TEST_CASE("profile: batches that may be larger than the broker takes are warned of where they are set") {
  const auto with = [](const std::string& profile, const std::string& size) {
    return said(cloud(profile, "", "1s", "max_bytes = '2MiB'\nbatch = { max_bytes = '" + size + "' }\n"));
  };
  CHECK(with("generic", "1MiB").empty());
  CHECK(with(emqx, "1000KiB").empty());
  CHECK(
      with(emqx, "1MiB") ==
      at("15:9", "route: 'batch' may grow to 1MiB" + emqx_allows +
                     "at most 1000KiB: a message may have 1 MB, with topic and properties; lower max_bytes of batch"));
  CHECK(with(aws, "128KiB").empty());
  CHECK(with(aws, "129KiB") == at("15:9", "route: 'batch' may grow to 129KiB" + aws_allows +
                                              "at most 128KiB: so large may a payload be; lower max_bytes of batch"));
}
