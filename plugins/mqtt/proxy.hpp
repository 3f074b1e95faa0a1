// SPDX-License-Identifier: MIT
/// A proxy on the way to the broker: what is said to it until it has connected us. No sockets: bytes in, bytes out. For
/// any thread.
#pragma once

#include "buffer.hpp"
#include "url.hpp"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

namespace culvert::mqtt {

struct Proxy {
  enum class Kind { http, socks5 };
  Kind kind = Kind::http;
  Url url;                         ///< its text is "http://host:3128"
  std::string username, password;  ///< no user: nobody signs in
};

/// Reads "http://host[:3128]" or "socks5://host[:1080]". Throws std::invalid_argument that names the option.
Proxy parse_proxy(std::string_view text, std::string username, std::string password);

/// What a proxy did wrong, or why it refused; the words follow "proxy 'http://host:3128' ".
class ProxyError : public std::runtime_error {
 public:
  enum class Wrong {
    protocol,   ///< it is no such proxy, or does not keep to the rules
    sign_in,    ///< who we are
    forbidden,  ///< where we want to go
    beyond,     ///< it does not reach the broker
  };
  explicit ProxyError(const std::string& words, Wrong wrong = Wrong::protocol)
      : std::runtime_error{words}, wrong_{wrong} {}
  Wrong wrong() const noexcept { return wrong_; }

 private:
  Wrong wrong_;
};

class ProxyTalk {
 public:
  virtual ~ProxyTalk() = default;
  /// What is to be sent to it now.
  Buffer& out() noexcept { return out_; }
  /// Looks at all that has come, and takes what is an answer off the front. True when the broker is at the other end.
  /// Throws ProxyError.
  virtual bool take(Buffer& in) = 0;

 protected:
  Buffer out_;
};

/// HTTP CONNECT (RFC 9110, section 9.3.6; Basic as in RFC 7617), or SOCKS5 (RFC 1928; user and password as in RFC
/// 1929). `host` goes to the proxy as it is: names are looked up there.
std::unique_ptr<ProxyTalk> talk_to(const Proxy& proxy, const std::string& host, uint16_t port);

std::unique_ptr<ProxyTalk> talk_http(const Proxy& proxy, const std::string& host, uint16_t port);
std::unique_ptr<ProxyTalk> talk_socks5(const Proxy& proxy, const std::string& host, uint16_t port);

}  // namespace culvert::mqtt
