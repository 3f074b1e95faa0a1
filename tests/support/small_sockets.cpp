// SPDX-License-Identifier: MIT
// Linked into a program, this takes the place of the C library's socket(): those of TCP hold little, as on a small box,
// so that whoever writes much has to wait for who reads it.
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

extern "C" int socket(int domain, int type, int protocol) noexcept {
  const auto made = static_cast<int>(syscall(SYS_socket, domain, type, protocol));
  constexpr int kind = 0xf, size = 65536;
  if (made >= 0 && domain == AF_INET && (type & kind) == SOCK_STREAM) {
    setsockopt(made, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    setsockopt(made, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  }
  return made;
}
