// SPDX-License-Identifier: MIT
#include "output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string>

namespace culvert::console {

void Output::open() noexcept {
  struct stat status {};
  if (fstat(fd_, &status) != 0) { return; }
  socket_ = S_ISSOCK(status.st_mode);
  // A file is left alone: a description of our own would have its own place in it, and overwrite what others wrote.
  if (!S_ISFIFO(status.st_mode) && !is_terminal()) { return; }
  const std::string path = "/proc/self/fd/" + std::to_string(fd_);
  own_ = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void Output::close() noexcept {
  if (own_ >= 0) { ::close(own_); }
  own_ = -1;
}

bool Output::is_terminal() const noexcept { return isatty(fd_) == 1; }

Output::Result Output::try_write(std::string_view text) const noexcept {
  const int fd = own_ >= 0 ? own_ : fd_;
  pollfd ready{fd, POLLOUT, 0};
  const int count = ::poll(&ready, 1, 0);
  if (count < 0) { return {errno == EINTR ? State::busy : State::failed, 0, errno}; }
  // Looked at first, because a write to a pipe without a reader raises SIGPIPE.
  if ((ready.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) { return {State::closed, 0, EPIPE}; }
  if (count == 0 || (ready.revents & POLLOUT) == 0) { return {State::busy, 0, EAGAIN}; }

  // A pipe that poll(2) calls writable takes PIPE_BUF bytes without waiting.
  const std::size_t size = std::min<std::size_t>(text.size(), PIPE_BUF);
  const ssize_t written = socket_ ? ::send(fd, text.data(), size, MSG_DONTWAIT | MSG_NOSIGNAL)  //
                                  : ::write(fd, text.data(), size);
  if (written >= 0) { return {State::written, static_cast<std::size_t>(written), 0}; }
  switch (errno) {
    case EAGAIN:
    case EINTR:
      return {State::busy, 0, errno};
    case EPIPE:
    case EBADF:
    case ECONNRESET:
      return {State::closed, 0, errno};
    case EIO:  // A terminal that was hung up between the two calls.
      return {is_terminal() ? State::closed : State::failed, 0, errno};
    default:
      return {State::failed, 0, errno};
  }
}

}  // namespace culvert::console
