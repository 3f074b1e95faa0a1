// SPDX-License-Identifier: MIT
/// A connected socket to a proxy that becomes one to the broker. Never waits. Used by one thread.
#pragma once

#include "proxy.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace culvert::mqtt {

class Tunnel {
 public:
  /// `host`: the broker's, as the URL has it. Throws std::runtime_error in words.
  Tunnel(const Proxy& proxy, const std::string& host, uint16_t port);
  /// Goes on as far as it can without waiting. True when the broker is at the other end of `socket`. Throws
  /// std::runtime_error in words that name the proxy.
  bool step(int socket);
  /// The events of poll() to wait for before the next `step`.
  short events() const noexcept;

 private:
  bool send_all(int socket);
  bool receive(int socket);

  std::string name_;  // "proxy 'http://host:3128' "
  std::unique_ptr<ProxyTalk> talk_;
  Buffer in_;
};

}  // namespace culvert::mqtt
