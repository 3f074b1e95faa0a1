// SPDX-License-Identifier: MIT
// The talk with a proxy, byte by byte; tests/e2e/proxy.py has the real ones.
#include "bind.hpp"
#include "descriptor.hpp"
#include "proxy.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <stdexcept>
#include <string>

using namespace culvert::mqtt;
using namespace std::string_literals;

namespace {

Proxy proxy_at(const std::string& url, const std::string& user = "", const std::string& password = "") {
  return parse_proxy(url, user, password);
}

std::string taken(Buffer& out) {
  std::string bytes{out.view()};
  out.clear();
  return bytes;
}

// What one answer leads to: "done", "more", or the error; given whole, or one byte at a time.
std::string answered(ProxyTalk& talk, const std::string& answer, bool in_bytes) {
  Buffer in;
  try {
    if (!in_bytes) {
      in.append(answer);
      return talk.take(in) ? "done" : "more";
    }
    for (const char byte : answer) {
      in.append({&byte, 1});
      if (talk.take(in)) { return "done"; }
    }
    return "more";
  } catch (const ProxyError& error) { return error.what(); }
}

std::string http(const std::string& answer, bool in_bytes = false, const std::string& user = "") {
  return answered(*talk_to(proxy_at("http://p", user), "broker", 8883), answer, in_bytes);
}

std::string socks(const std::string& answer, const std::string& user = "", bool in_bytes = false) {
  return answered(*talk_to(proxy_at("socks5://p", user, user), "broker", 8883), answer, in_bytes);
}

std::string fault_of(const std::string& url, const std::string& user = "", const std::string& password = "") {
  try {
    parse_proxy(url, user, password);
  } catch (const std::invalid_argument& error) { return error.what(); }
  return "";
}

std::string fault_of_bind(const std::string& text) {
  try {
    const Bind bind{text};
  } catch (const std::invalid_argument& error) { return error.what(); }
  return "";
}

}  // namespace

TEST_CASE("proxy: schemes have a port, and nothing else passes") {
  CHECK(proxy_at("http://p").url.text == "http://p:3128");
  CHECK(proxy_at("socks5://[::1]:9").url.text == "socks5://[::1]:9");
  CHECK(proxy_at("socks5://p").url.port == 1080);
  CHECK(fault_of("https://p") == "option 'proxy': 'https://p' must start with 'http://' or 'socks5://'");
  CHECK(fault_of("http://me:secret@p").find("holds a user") != std::string::npos);
  CHECK(fault_of("http://p\r\nX: y") != "");
  CHECK(fault_of("http://p", "a:b", "c").find("holds a ':'") != std::string::npos);
  CHECK(fault_of("socks5://p", "a:b", "c").empty());
  CHECK(fault_of("socks5://p", "", "c").find("is of no use without 'proxy_username'") != std::string::npos);
  CHECK(fault_of("socks5://p", std::string(256, 'a'), "c").find("255 bytes") != std::string::npos);
  CHECK(fault_of("http://p", "a\r\nX: y", "c").find("control character") != std::string::npos);
}

TEST_CASE("proxy http: CONNECT names the broker, and signs in when it can") {
  CHECK(taken(talk_to(proxy_at("http://p"), "broker", 8883)->out()) ==
        "CONNECT broker:8883 HTTP/1.1\r\nHost: broker:8883\r\n\r\n");
  CHECK(taken(talk_to(proxy_at("http://p", "Aladdin", "open sesame"), "::1", 1)->out()) ==
        "CONNECT [::1]:1 HTTP/1.1\r\nHost: [::1]:1\r\n"
        "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n");
}

TEST_CASE("proxy http: any 2xx is a yes, whole or in bytes, with headers or without") {
  for (const bool in_bytes : {false, true}) {
    CHECK(http("HTTP/1.1 200 Connection established\r\n\r\n", in_bytes) == "done");
    CHECK(http("HTTP/1.0 200\r\n\r\n", in_bytes) == "done");
    CHECK(http("HTTP/1.1 204 \nVia: x\n\n", in_bytes) == "done");
    CHECK(http("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", in_bytes) == "done");
    CHECK(http("HTTP/1.1 200 OK\r\nVia: x\r\n", in_bytes) == "more");
    CHECK(http("HTTP/1.1 100 Continue\r\n\r\n", in_bytes) == "more");
  }
}

TEST_CASE("proxy http: a refusal is told with its code and words") {
  for (const bool in_bytes : {false, true}) {
    CHECK(http("HTTP/1.1 403 Filtered\r\n\r\n", in_bytes) == "refused: 403 Filtered");
    CHECK(http("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", in_bytes) ==
          "refused: 407 Proxy Authentication Required (set proxy_username and proxy_password)");
    CHECK(http("HTTP/1.1 407 No\r\n\r\n", in_bytes, "me") == "refused: 407 No (see proxy_username and proxy_password)");
    CHECK(http("HTTP/1.1 302 Found\r\nLocation: x\r\n\r\n", in_bytes) == "refused: 302 Found");
  }
  CHECK(http("HTTP/1.1 500 a\x1b[1m\tb\r\n\r\n") == "refused: 500 a[1mb");
  CHECK(http("HTTP/1.1 500 " + std::string(900, 'x') + "\r\n\r\n") == "refused: 500 " + std::string(196, 'x'));
}

TEST_CASE("proxy http: garbage is known by its first wrong byte, and too much is too much") {
  for (const std::string& garbage :
       {"SSH-2.0-OpenSSH\r\n"s, "\x05\x01"s, "HTTP/2 200\r\n\r\n"s, "HTTP/1.1 2x0 OK\r\n\r\n"s,
        "HTTP/1.1 2000\r\n\r\n"s, "HTTP/1.1\r\n\r\n"s, "HTTP/1.1  200\r\n\r\n"s, "\r\n\r\n"s}) {
    CHECK(http(garbage) == "does not answer in HTTP");
    CHECK(http(garbage, true) == "does not answer in HTTP");
  }
  CHECK(http("HTTP/1.1 200 OK\r\nX: " + std::string(9000, 'x')) == "answered with more than 8 KiB");
  CHECK(http("HTTP/1.1 200 OK\r\nX: " + std::string(9000, 'x') + "\r\n\r\n") == "answered with more than 8 KiB");
  CHECK(http("HTTP/1.1 " + std::string(9000, '1'), true) == "answered with more than 8 KiB");
}

TEST_CASE("proxy http: what follows the answer is left to whoever reads next") {
  const auto talk = talk_to(proxy_at("http://p"), "broker", 8883);
  Buffer in;
  in.append("HTTP/1.1 200 OK\r\n\r\nmore");
  CHECK(talk->take(in));
  CHECK(in.view() == "more");
}

TEST_CASE("proxy socks5: names go to the proxy, addresses as addresses") {
  const auto request = [](const std::string& host) {
    const auto talk = talk_to(proxy_at("socks5://p"), host, 0x22b3);
    CHECK(taken(talk->out()) == "\x05\x01\x00"s);
    CHECK(answered(*talk, "\x05\x00"s, false) == "more");
    return taken(talk->out());
  };
  CHECK(request("broker") == "\x05\x01\x00\x03\x06"s + "broker\x22\xb3");
  CHECK(request("10.0.0.1") == "\x05\x01\x00\x01\x0a\x00\x00\x01\x22\xb3"s);
  CHECK(request("::1") == "\x05\x01\x00\x04"s + std::string(15, '\0') + "\x01\x22\xb3");
  CHECK_THROWS_AS(talk_to(proxy_at("socks5://p"), std::string(256, 'a'), 1), ProxyError);
}

TEST_CASE("proxy socks5: user and password are told when the proxy wants them, and only then") {
  const auto talk = talk_to(proxy_at("socks5://p", "me", "secret"), "b", 1);
  CHECK(taken(talk->out()) == "\x05\x02\x00\x02"s);
  CHECK(answered(*talk, "\x05\x02"s, false) == "more");
  CHECK(taken(talk->out()) == "\x01\x02me\x06secret"s);
  CHECK(answered(*talk, "\x01\x00"s, false) == "more");
  CHECK(taken(talk->out()) == "\x05\x01\x00\x03\x01"s + "b\x00\x01"s);
  const auto open = talk_to(proxy_at("socks5://p", "me", "secret"), "b", 1);
  CHECK(answered(*open, "\x05\x00"s, false) == "more");
  CHECK(std::string{open->out().view()}.find("secret") == std::string::npos);
}

TEST_CASE("proxy socks5: every reply with every kind of address, whole or in bytes") {
  for (const bool in_bytes : {false, true}) {
    CHECK(socks("\x05\x00\x05\x00\x00\x01"s + std::string(6, 'x'), "", in_bytes) == "done");
    CHECK(socks("\x05\x00\x05\x00\x00\x04"s + std::string(18, 'x'), "", in_bytes) == "done");
    CHECK(socks("\x05\x00\x05\x00\x00\x03\x03"s + "abcxx", "", in_bytes) == "done");
    CHECK(socks("\x05\x00\x05\x00\x00\x03\xff"s + std::string(256, 'x'), "", in_bytes) == "more");
    CHECK(socks("\x05\x00\x05\x05\x00\x01"s, "", in_bytes) == "refused: connection refused (5)");
    CHECK(socks("\x05\x00\x05\x02"s, "", in_bytes) == "refused: connection not allowed (2)");
    CHECK(socks("\x05\x00\x05\x63"s, "", in_bytes) == "refused: reason unknown to SOCKS5 (99)");
    CHECK(socks("\x05\xff"s, "", in_bytes) ==
          "refused: it wants somebody to sign in (set proxy_username and proxy_password)");
    CHECK(socks("\x05\xff"s, "me", in_bytes) ==
          "refused: it takes no user name with a password, and wants somebody to sign in");
    CHECK(socks("\x05\x02\x01\x01"s, "me", in_bytes) ==
          "refused: user name or password (see proxy_username and proxy_password)");
  }
}

TEST_CASE("proxy socks5: garbage is refused") {
  const std::string garbage = "does not answer in SOCKS5";
  CHECK(socks("HTTP/1.1 400 Bad Request") == garbage);
  CHECK(socks("\x04\x00"s) == garbage);
  CHECK(socks("\x05\x00\x04\x00\x00\x01"s) == garbage);
  CHECK(socks("\x05\x00\x05\x00\x00\x09\x00"s) == garbage);
  CHECK(socks("\x05\x02\x05\x00"s, "me") == garbage);
  CHECK(socks("\x05\x02"s) == "chose a way to sign in that was not offered");
  CHECK(socks("\x05\x01"s, "me") == "chose a way to sign in that was not offered");
}

TEST_CASE("proxy: no changed, missing or repeated byte of an answer does more than fail") {
  const std::string good_http = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nVia: x\r\n\r\n";
  const std::string good_socks = "\x05\x02\x01\x00\x05\x00\x00\x03\x03"s + "abcxx";
  const auto all = [](const std::string& good, const auto& ask) {
    for (std::size_t at = 0; at < good.size(); ++at) {
      for (const int value : {0x00, 0x01, 0x03, 0x05, 0x0a, 0x0d, 0x20, 0x32, 0x7f, 0xff}) {
        std::string changed = good;
        changed[at] = static_cast<char>(value);
        CHECK_FALSE(ask(changed).empty());
      }
      CHECK_FALSE(ask(good.substr(0, at)) == "done");
      CHECK_FALSE(ask(good.substr(0, at) + good).empty());
      CHECK_FALSE(ask(good.substr(0, at) + good.substr(at + 1)).empty());
    }
    CHECK(ask(good) == "done");
  };
  for (const bool in_bytes : {false, true}) {
    all(good_http, [&](const std::string& answer) { return http(answer, in_bytes); });
    all(good_socks, [&](const std::string& answer) { return socks(answer, "me", in_bytes); });
  }
}

TEST_CASE("bind: an address or an interface, and sockets that fit it") {
  CHECK(Bind{}.fits(AF_INET6));
  CHECK(Bind{"127.0.0.9"}.fits(AF_INET));
  CHECK_FALSE(Bind{"127.0.0.9"}.fits(AF_INET6));
  CHECK_FALSE(Bind{"fe80::1%eth0"}.fits(AF_INET));
  CHECK(Bind{"eth0.17"}.fits(AF_INET));
  CHECK(Bind{"eth0"}.fits(AF_INET6));
  for (const char* text : {"", "a/b", "[::1]", "1:2", "much-too-long-for-one", "a b", ".."}) {
    CHECK(fault_of_bind(text) ==
          "option 'bind' must be an IP address or the name of an interface, got '"s + text + "'");
  }
  CHECK(Bind{"127.0.0.9"}.words() == "bind '127.0.0.9' is an IPv4 address");
}

TEST_CASE("bind: what this box does not have is said when it is used") {
  const Descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  // TEST-NET-1 of RFC 5737, which no box has.
  CHECK_THROWS_WITH_AS(Bind{"192.0.2.1"}.apply(socket.get()),
                       "bind '192.0.2.1': no interface of this box has this address", std::runtime_error);
  CHECK_THROWS_WITH_AS(Bind{"nope0"}.apply(socket.get()), "bind 'nope0': this box has no such interface",
                       std::runtime_error);
}

TEST_CASE("bind: a socket belongs to the interface that is named") {
  const Descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  Bind{"lo"}.apply(socket.get());
  char name[16] = {};
  socklen_t size = sizeof name;
  REQUIRE(getsockopt(socket.get(), SOL_SOCKET, SO_BINDTODEVICE, name, &size) == 0);
  CHECK(std::string{name} == "lo");
}
