// SPDX-License-Identifier: MIT
#include "proxy.hpp"

#include "wire.hpp"

#include <array>

namespace culvert::mqtt {

namespace {

constexpr std::array schemes{Scheme{"http", 3128, false}, Scheme{"socks5", 1080, false}};
// One byte of SOCKS5 says how long a text is.
constexpr std::size_t longest_credential = 255;

void check_credential(const std::string& text, const char* option) {
  if (text.size() > longest_credential) {
    throw std::invalid_argument{std::string{"option '"} + option + "' must have at most 255 bytes"};
  }
  if (has_control(text)) {
    throw std::invalid_argument{std::string{"option '"} + option + "' holds a control character, which no proxy takes"};
  }
}

}  // namespace

Proxy parse_proxy(std::string_view text, std::string username, std::string password) {
  Proxy proxy;
  proxy.url = parse_url("proxy", text, schemes);
  proxy.kind = proxy.url.text.starts_with("http:") ? Proxy::Kind::http : Proxy::Kind::socks5;
  if (username.empty() && !password.empty()) {
    throw std::invalid_argument{"option 'proxy_password' is of no use without 'proxy_username'"};
  }
  check_credential(username, "proxy_username");
  check_credential(password, "proxy_password");
  if (proxy.kind == Proxy::Kind::http && username.find(':') != std::string::npos) {
    throw std::invalid_argument{"option 'proxy_username' holds a ':', which HTTP takes for the password's beginning"};
  }
  proxy.username = std::move(username);
  proxy.password = std::move(password);
  return proxy;
}

std::unique_ptr<ProxyTalk> talk_to(const Proxy& proxy, const std::string& host, uint16_t port) {
  return proxy.kind == Proxy::Kind::http ? talk_http(proxy, host, port) : talk_socks5(proxy, host, port);
}

}  // namespace culvert::mqtt
