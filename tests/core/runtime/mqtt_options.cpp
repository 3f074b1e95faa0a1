// SPDX-License-Identifier: MIT
// What `check` finds of the real 'mqtt' so that the connector never meets it.
#include "tests/core/runtime/checked.hpp"

using namespace culvert;
using namespace culvert::test;

namespace {

/// A connector at 1:7, with more options from line 4 on.
std::string cloud(const std::string& more) {
  return "[node.cloud]\nplugin = 'mqtt'\nurl = 'mqtts://x'\n" + more + route("cloud", "screen") +
         "[node.screen]\nplugin = 'console'\n";
}

std::string refused(const std::string& more) { return errors(cloud(more)); }

std::string at(const std::string& place, const std::string& text) {
  return "edge.toml:" + place + ": warning: " + text + "\n";
}

}  // namespace

TEST_CASE("mqtt: what the connector would refuse to run with is refused") {
  CHECK(refused("tls.min_version = '1.3'\ntls.max_version = '1.2'\n") ==
        "edge.toml:4:19: node 'cloud': option 'tls.min_version' is 1.3, above 'tls.max_version', which is 1.2\n");
  CHECK(refused("backoff = { min = '1m', max = '2s' }\n") ==
        "edge.toml:4:19: node 'cloud': option 'backoff.min' is 1m, above 'backoff.max', which is 2s\n");
  CHECK(refused("backoff.min = '1m'\n") ==
        "edge.toml:4:15: node 'cloud': option 'backoff.min' is 1m, above 'backoff.max', which is 30s\n");
  const std::string suite = refused("tls.ciphers = ['TLS13-AES128-GCM-SHA265', 'RC4-MD5']\n");
  CHECK(suite.find(
            "edge.toml:4:16: node 'cloud': option 'tls.ciphers[0]' must be 'TLS13-CHACHA20-POLY1305-SHA256', ") == 0);
  CHECK(suite.find("got 'TLS13-AES128-GCM-SHA265', did you mean 'TLS13-AES128-GCM-SHA256'?") != std::string::npos);
  CHECK(suite.find("got 'RC4-MD5'\n") != std::string::npos);
  CHECK(refused("will.topic = 'a'\nstatus_topic = 'b'\n") ==
        "edge.toml:5:1: node 'cloud': option 'status_topic' is of use only without 'will.topic'\n");
  CHECK(errors("[node.cloud]\nplugin = 'mqtt'\nurl = 'mqtts://x'\nversion = '3.1.1'\npassword = 'p'\n") ==
        "edge.toml:4:11: node 'cloud': with MQTT 3.1.1 a password needs a username\n");
}

TEST_CASE("mqtt: shared subscriptions that no broker takes, and filters that come twice, are refused") {
  const std::string shared =
      ": node 'cloud': a shared subscription must be '$share/GROUP/FILTER', the group without '+' and '#'\n";
  CHECK(refused("subscribe = ['a', '$share/x', '$share//x', '$share/x/']\n") ==
        "edge.toml:4:19" + shared + "edge.toml:4:31" + shared + "edge.toml:4:44" + shared);
  CHECK(refused("subscribe = ['$share/g/+/x', '$share/g/#', '$shared/x', '$share/g//x']\n").empty());
  CHECK(refused("subscribe = [{ topic = '$share/g/x', no_local = true }, { topic = 'x', no_local = true }]\n") ==
        "edge.toml:4:49: node 'cloud': 'no_local' is not possible with a shared subscription "
        "('$share/GROUP/FILTER')\n");
  CHECK(refused("subscribe = ['a', { topic = 'a', qos = 2 }]\n") ==
        "edge.toml:4:29: node 'cloud': option 'subscribe[1].topic' is 'a', as 'subscribe[0].topic' is\n");
}

TEST_CASE("mqtt: texts that no broker, proxy or name server takes are refused") {
  const std::string at4 = "edge.toml:4:", node = ": node 'cloud': option '";
  CHECK(refused("status_topic = 'a/#'\n") ==
        at4 + "16" + node + "status_topic' must make a topic: 'a/#' holds the wildcard '#'\n");
  CHECK(refused("status_topic = 't/{value}'\n") ==
        at4 + "16" + node + "status_topic' uses the name '{value}', and may use only '{runtime}' or '{node}'\n");
  CHECK(errors("[node.cloud]\nplugin = 'mqtt'\nurl = 'mqtt://x'\nusername = \"a\\u0001\"\n") ==
        at4 + "12" + node + "username' holds a control character\n");
  CHECK(refused("client_id = \"a\\u0001\"\n") == at4 + "13" + node + "client_id' holds a control character\n");
  CHECK(refused("bind = '1.2.3'\n") == at4 + "8" + node +
                                           "bind' must be an IP address of this box or the name of an interface, got "
                                           "'1.2.3'\n");
  for (const char* name : {"*", "a b"}) {
    CHECK(refused("tls.server_name = '" + std::string{name} + "'\n") ==
          at4 + "19" + node + "tls.server_name' must be the name of a host or an IP address, got '" + name + "'\n");
  }
  CHECK(refused("proxy = 'http://u:p@x'\n") == at4 + "9" + node +
                                                   "proxy' must not hold a user or a password (put them into "
                                                   "'proxy_username' and 'proxy_password')\n");
  CHECK(refused("proxy = 'http://x'\nproxy_username = 'a:b'\n") ==
        "edge.toml:5:18: node 'cloud': 'proxy_username' holds a ':', which HTTP takes for the beginning of the "
        "password\n");
  CHECK(refused("proxy = 'socks5://x'\nproxy_username = 'a:b'\n").empty());
}

TEST_CASE("mqtt: TLS that would not be what was asked for is refused") {
  CHECK(refused("tls.pin = []\n") ==
        "edge.toml:4:11: node 'cloud': option 'tls.pin' must not be empty: leave it out instead\n");
  CHECK(refused("tls.ciphers = []\n") ==
        "edge.toml:4:15: node 'cloud': option 'tls.ciphers' must not be empty: leave it out instead\n");
  CHECK(refused("tls.max_version = '1.2'\ntls.ciphers = ['DHE-RSA-AES128-GCM-SHA256', 'TLS_AES_128_GCM_SHA256']\n") ==
        "edge.toml:5:45: node 'cloud': 'tls.ciphers' names a suite of TLS 1.3, which 'tls.max_version' leaves out\n");
  CHECK(refused("tls.min_version = '1.3'\ntls.ciphers = ['DHE-RSA-AES128-GCM-SHA256', 'TLS_AES_128_GCM_SHA256']\n") ==
        "edge.toml:5:16: node 'cloud': 'tls.ciphers' names a suite of TLS 1.2, which 'tls.min_version' leaves out\n");
  CHECK(refused("tls.ciphers = ['DHE-RSA-AES128-GCM-SHA256', 'TLS_AES_128_GCM_SHA256']\n").empty());
  const std::string names = "'a','b','c','d','e','f','g','h','i','j','k','l','m','n','o','p','q'";
  CHECK(refused("tls.alpn = [" + names + "]\n").find("'tls.alpn' has 17 values, the plugin allows at most 16") !=
        std::string::npos);
}

TEST_CASE("mqtt: no check of the broker and a password go together on this box only, and TLS options want mqtts") {
  const auto with = [](const std::string& url, const std::string& more) {
    return errors("[node.cloud]\nplugin = 'mqtt'\nurl = " + url + "\n" + more);
  };
  const std::string skip = "tls.insecure_skip_verify = true\n", secret = skip + "password = 'p'\n";
  const std::string shows =
      "edge.toml:4:28: node 'cloud': 'tls.insecure_skip_verify' would show the password to anybody who answers: remove "
      "one of the two, or use a broker on this host\n";
  CHECK(with("['mqtts://a', 'mqtts://b']", secret) == shows);
  CHECK(with("['mqtts://localhost', 'mqtts://127.0.0.2:1', 'mqtts://[::1]', 'mqtt://b']", secret).empty());
  CHECK(with("['mqtts://localhost', 'mqtts://127.0.0.1.test']", secret) == shows);
  CHECK(with("'mqtts://localhost'", secret + "proxy = 'http://x'\n") == shows);
  CHECK(with("'mqtts://a'", skip).empty());
  CHECK(with("'mqtt://a'", "tls.ca = '/dev/null'\n")
            .find("option 'tls.ca' is of use only with a 'url' that matches "
                  "'^mqtts:'") != std::string::npos);
}

TEST_CASE("mqtt: what MQTT 3.1.1 does not know is warned of") {
  const auto old = [](const std::string& more) { return warnings(cloud("version = '3.1.1'\n" + more)); };
  CHECK(old("subscribe = 'a'\n").empty());
  CHECK(old("message_expiry = '1h'\n") ==
        at("5:18", "node 'cloud': MQTT 3.1.1 knows no expiry of a message: 'message_expiry' is left out"));
  CHECK(old("subscribe = { topic = 'a', no_local = true }\n") ==
        at("5:39", "node 'cloud': 'no_local' is not possible with MQTT 3.1.1, and left out"));
  CHECK(old("subscribe = { topic = 'a', retain_as_published = true }\n") ==
        at("5:50", "node 'cloud': 'retain_as_published' is not possible with MQTT 3.1.1, and left out"));
  CHECK(old("subscribe = { topic = 'a', retain_handling = 'new' }\n") ==
        at("5:46", "node 'cloud': 'retain_handling' is not possible with MQTT 3.1.1, and left out"));
}
