// SPDX-License-Identifier: MIT
#include "tunnel.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace culvert::mqtt {

Tunnel::Tunnel(const Proxy& proxy, const std::string& host, uint16_t port) : name_{"proxy '" + proxy.url.text + "' "} {
  try {
    talk_ = talk_to(proxy, host, port);
  } catch (const ProxyError& error) { throw ProxyError{name_ + error.what(), error.wrong()}; }
}

short Tunnel::events() const noexcept { return talk_->out().empty() ? POLLIN : POLLOUT; }

bool Tunnel::step(int socket) {
  try {
    while (send_all(socket) && receive(socket)) {
      if (!talk_->take(in_)) { continue; }
      // Neither TLS nor MQTT lets the far end speak first: this came from the proxy, or from somebody behind it.
      if (!in_.empty()) { throw ProxyError{"sent more than its answer"}; }
      return true;
    }
    return false;
  } catch (const ProxyError& error) { throw ProxyError{name_ + error.what(), error.wrong()}; }
}

/// False: it has to wait.
bool Tunnel::send_all(int socket) {
  Buffer& out = talk_->out();
  while (!out.empty()) {
    const auto bytes = out.view();
    const ssize_t put = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) { continue; }
    if (put < 0 && errno == EAGAIN) { return false; }
    if (put < 0) { throw ProxyError{"cut the connection: " + std::generic_category().message(errno)}; }
    out.consume(static_cast<std::size_t>(put));
  }
  return true;
}

/// One read, of less than a talk takes for too much. False: it has to wait.
bool Tunnel::receive(int socket) {
  std::array<char, 4096> bytes{};
  for (;;) {
    const ssize_t got = recv(socket, bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) { continue; }
    if (got < 0 && errno == EAGAIN) { return false; }
    if (got < 0) { throw ProxyError{"cut the connection: " + std::generic_category().message(errno)}; }
    if (got == 0) { throw ProxyError{"closed the connection"}; }
    in_.append({bytes.data(), static_cast<std::size_t>(got)});
    return true;
  }
}

}  // namespace culvert::mqtt
