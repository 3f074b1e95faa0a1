// SPDX-License-Identifier: MIT
/// Two joined descriptors: what is written to the one can be read from the other. One thread.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace culvert::test {

class Ends {
 public:
  static Ends pipe() {
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC) != 0) { throw std::runtime_error{"pipe2"}; }
    return Ends{fds[0], fds[1]};
  }
  static Ends socket() {
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) { throw std::runtime_error{"socketpair"}; }
    return Ends{fds[0], fds[1]};
  }
  static Ends terminal() {
    int master = -1, slave = -1;
    if (::openpty(&master, &slave, nullptr, nullptr, nullptr) != 0) { throw std::runtime_error{"openpty"}; }
    return Ends{master, slave};
  }
  Ends(Ends&& other) noexcept : read_{std::exchange(other.read_, -1)}, write_{std::exchange(other.write_, -1)} {}
  Ends& operator=(Ends&&) = delete;
  ~Ends() {
    close_read_end();
    if (write_ >= 0) { ::close(write_); }
  }
  int write_end() const noexcept { return write_; }
  void close_read_end() noexcept {
    if (read_ >= 0) { ::close(read_); }
    read_ = -1;
  }
  /// What is there, waiting up to a second for the first byte.
  std::string read_all() const {
    std::string all;
    char bytes[65536];
    for (int wait_ms = 1000;; wait_ms = 0) {
      pollfd ready{read_, POLLIN, 0};
      if (::poll(&ready, 1, wait_ms) != 1 || (ready.revents & POLLIN) == 0) { return all; }
      const ssize_t size = ::read(read_, bytes, sizeof bytes);
      if (size <= 0) { return all; }
      all.append(bytes, static_cast<std::size_t>(size));
    }
  }

 private:
  Ends(int read_end, int write_end) noexcept : read_{read_end}, write_{write_end} {}
  int read_;
  int write_;
};

}  // namespace culvert::test
