// SPDX-License-Identifier: MIT
#include "outgoing.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace culvert::mqtt {

namespace {

std::string words(const Address& address, int error) {
  return address.text() + ": " + std::generic_category().message(error);
}

}  // namespace

Descriptor begin_connect(const Address& address, const Bind& bind) {
  Descriptor made{socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!made) { throw std::runtime_error{words(address, errno)}; }
  bind.apply(made.get());
  // MQTT's packets are small, and each is waited for.
  const int on = 1;
  setsockopt(made.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(made.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0 &&
      errno != EINPROGRESS) {
    throw std::runtime_error{words(address, errno)};
  }
  return made;
}

std::string connect_fault(int socket, const Address& address) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
  return error == 0 ? std::string{} : words(address, error);
}

}  // namespace culvert::mqtt
