// SPDX-License-Identifier: MIT
#include "proxy.hpp"
#include "wire.hpp"

#include <arpa/inet.h>

#include <array>

namespace culvert::mqtt {

namespace {

enum : unsigned {
  socks_version = 5,
  sign_in_version = 1,
  no_sign_in = 0,
  by_password = 2,
  none_acceptable = 0xff,
  connect_command = 1,
  ipv4 = 1,
  name = 3,
  ipv6 = 4
};

// RFC 1928, section 6.
constexpr std::array replies{
    "general failure",    "connection not allowed", "network unreachable",   "host unreachable",
    "connection refused", "time to live exceeded",  "command not supported", "address type not supported",
};

std::string reply_words(unsigned code) {
  const char* words = code >= 1 && code <= replies.size() ? replies[code - 1] : "reason unknown to SOCKS5";
  return std::string{words} + " (" + std::to_string(code) + ')';
}

ProxyError::Wrong wrong_of(unsigned code) {
  constexpr unsigned not_allowed = 2, last_of_the_way = 6;
  if (code == not_allowed) { return ProxyError::Wrong::forbidden; }
  return code <= last_of_the_way ? ProxyError::Wrong::beyond : ProxyError::Wrong::protocol;
}

std::string request_for(const std::string& host, uint16_t port) {
  WireWriter request;
  request.u8(socks_version).u8(connect_command).u8(0);
  std::array<char, 16> address{};
  if (inet_pton(AF_INET, host.c_str(), address.data()) == 1) {
    request.u8(ipv4).raw({address.data(), 4});
  } else if (inet_pton(AF_INET6, host.substr(0, host.find('%')).c_str(), address.data()) == 1) {
    request.u8(ipv6).raw({address.data(), 16});
  } else if (host.size() <= 255) {
    request.u8(name).u8(static_cast<unsigned>(host.size())).raw(host);
  } else {
    throw ProxyError{"cannot be asked for a name of more than 255 bytes"};
  }
  return request.u16(port).take();
}

class Socks5Talk final : public ProxyTalk {
 public:
  Socks5Talk(const Proxy& proxy, const std::string& host, uint16_t port) : request_{request_for(host, port)} {
    const bool signs_in = !proxy.username.empty();
    WireWriter greeting;
    greeting.u8(socks_version).u8(signs_in ? 2 : 1).u8(no_sign_in);
    if (signs_in) {
      greeting.u8(by_password);
      sign_in_ = WireWriter{}
                     .u8(sign_in_version)
                     .u8(static_cast<unsigned>(proxy.username.size()))
                     .raw(proxy.username)
                     .u8(static_cast<unsigned>(proxy.password.size()))
                     .raw(proxy.password)
                     .take();
    }
    out_.append(greeting.bytes());
  }

  bool take(Buffer& in) override {
    for (;;) {
      // Every answer begins with two bytes that say how it goes on.
      if (in.size() < 2) { return false; }
      const auto first = static_cast<uint8_t>(in.view()[0]), second = static_cast<uint8_t>(in.view()[1]);
      if (first != (step_ == Step::sign_in ? sign_in_version : socks_version)) {
        throw ProxyError{"does not answer in SOCKS5"};
      }
      if (step_ == Step::connect) { return take_reply(in, second); }
      in.consume(2);
      if (step_ == Step::greeting) {
        greeted(second);
      } else if (second != 0) {
        throw ProxyError{"refused: user name or password (see proxy_username and proxy_password)",
                         ProxyError::Wrong::sign_in};
      } else {
        ask();
      }
    }
  }

 private:
  enum class Step { greeting, sign_in, connect };

  void greeted(unsigned method) {
    if (method == no_sign_in) { return ask(); }
    if (method == by_password && !sign_in_.empty()) {
      step_ = Step::sign_in;
      out_.append(sign_in_);
      return;
    }
    if (method != none_acceptable) { throw ProxyError{"chose a way to sign in that was not offered"}; }
    throw ProxyError{sign_in_.empty() ? "refused: it wants somebody to sign in (set proxy_username and proxy_password)"
                                      : "refused: it takes no user name with a password, and wants somebody to sign in",
                     ProxyError::Wrong::sign_in};
  }

  void ask() {
    step_ = Step::connect;
    out_.append(request_);
  }

  static bool take_reply(Buffer& in, unsigned code) {
    if (code != 0) { throw ProxyError{"refused: " + reply_words(code), wrong_of(code)}; }
    if (in.size() < 5) { return false; }
    const std::string_view bytes = in.view();
    const auto type = static_cast<uint8_t>(bytes[3]), length = static_cast<uint8_t>(bytes[4]);
    if (type != ipv4 && type != ipv6 && type != name) { throw ProxyError{"does not answer in SOCKS5"}; }
    const std::size_t address = type == ipv4 ? 4u : type == ipv6 ? 16u : 1u + length;
    const std::size_t whole = 4 + address + 2;
    if (in.size() < whole) { return false; }
    in.consume(whole);
    return true;
  }

  std::string request_, sign_in_;
  Step step_ = Step::greeting;
};

}  // namespace

std::unique_ptr<ProxyTalk> talk_socks5(const Proxy& proxy, const std::string& host, uint16_t port) {
  return std::make_unique<Socks5Talk>(proxy, host, port);
}

}  // namespace culvert::mqtt
