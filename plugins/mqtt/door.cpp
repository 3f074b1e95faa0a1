// SPDX-License-Identifier: MIT
#include "door.hpp"

#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>

namespace culvert::mqtt {

namespace {

using Address = sockaddr_in;

bool same(const Address& one, const Address& other) {
  return one.sin_family == AF_INET && other.sin_family == AF_INET && one.sin_port == other.sin_port &&
         one.sin_addr.s_addr == other.sin_addr.s_addr;
}

template <auto Ask>
bool ask(int socket, Address& ret_address) {
  ret_address = {};
  socklen_t size = sizeof ret_address;
  return Ask(socket, reinterpret_cast<sockaddr*>(&ret_address), &size) == 0 && size == sizeof ret_address;
}

bool is_established(int socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  return getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && info.tcpi_state == TCP_ESTABLISHED;
}

int getsockname_of(int socket, sockaddr* address, socklen_t* size) { return getsockname(socket, address, size); }
int getpeername_of(int socket, sockaddr* address, socklen_t* size) { return getpeername(socket, address, size); }

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { closedir(folder); }
};

// Whether a connected socket of this process has the two addresses, seen from its side. `folder` is /proc/self/fd.
bool is_ours(DIR* folder, const Address& local, const Address& remote) {
  while (const dirent* entry = readdir(folder)) {
    char* end = nullptr;
    const long number = std::strtol(entry->d_name, &end, 10);
    if (end == entry->d_name || *end != '\0') { continue; }
    const int socket = static_cast<int>(number);
    Address name;
    if (ask<getsockname_of>(socket, name) && same(name, local) && ask<getpeername_of>(socket, name) &&
        same(name, remote) && is_established(socket)) {
      return true;
    }
  }
  return false;
}

bool is_limit(int code) { return code == EMFILE || code == ENFILE; }

[[noreturn]] void fail(const char* what) { throw std::system_error{errno, std::generic_category(), what}; }

}  // namespace

Door::Door() : listener_{socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)} {
  if (!listener_) { fail("open the relay's socket"); }
  Address address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fail("bind the relay to 127.0.0.1");
  }
  if (listen(listener_.get(), 16) != 0) { fail("listen on 127.0.0.1 for the relay"); }
  if (!ask<getsockname_of>(listener_.get(), address)) { fail("ask for the relay's port"); }
  port_ = ntohs(address.sin_port);
}

Door::Visit Door::accept(Descriptor& ret_socket) {
  // Before the visitor takes the last descriptor: then nothing would be left to tell it from somebody else.
  const std::unique_ptr<DIR, CloseFolder> folder{opendir("/proc/self/fd")};
  if (folder == nullptr && is_limit(errno)) { return Visit::full; }
  Address peer{};
  socklen_t size = sizeof peer;
  Descriptor accepted{
      accept4(listener_.get(), reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC)};
  if (!accepted) { return is_limit(errno) ? Visit::full : Visit::none; }
  Address here;
  if (!ask<getsockname_of>(accepted.get(), here) || folder == nullptr || !is_ours(folder.get(), peer, here)) {
    return is_established(accepted.get()) ? Visit::refused : Visit::gone;
  }
  if (!is_established(accepted.get())) { return Visit::gone; }
  const int on = 1;
  setsockopt(accepted.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ret_socket = std::move(accepted);
  return Visit::let_in;
}

}  // namespace culvert::mqtt
