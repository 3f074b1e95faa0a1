// SPDX-License-Identifier: MIT
#include "file_text.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace culvert::sensor {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) noexcept : fd_{fd} {}
  ~Descriptor() {
    if (fd_ >= 0) { ::close(fd_); }
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

std::string why(int error) {
  if (error == EAGAIN) { return "has nothing to read at present"; }
  std::string text = std::generic_category().message(error);
  if (!text.empty() && text.front() >= 'A' && text.front() <= 'Z') { text.front() += 'a' - 'A'; }
  return text;
}

/// Empty for what is worth opening.
const char* trouble_with(mode_t mode) noexcept {
  if (S_ISREG(mode) || S_ISCHR(mode)) { return ""; }
  if (S_ISDIR(mode)) { return "is a folder"; }
  if (S_ISFIFO(mode)) { return "is a FIFO"; }
  if (S_ISSOCK(mode)) { return "is a socket"; }
  return "is a block device";
}

FileText failed(std::string trouble) { return {{}, false, std::move(trouble)}; }

}  // namespace

FileText read_file(const std::string& path) {
  // Looked at before it is opened: opening a FIFO would show its writer a reader.
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) { return failed(why(errno)); }
  if (const char* trouble = trouble_with(status.st_mode); *trouble != '\0') { return failed(trouble); }
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) { return failed(why(errno)); }
  if (const char* trouble = trouble_with(status.st_mode); *trouble != '\0') { return failed(trouble); }

  std::array<char, max_file_bytes + 1> bytes{};
  std::size_t size = 0;
  while (size < bytes.size()) {
    if (S_ISCHR(status.st_mode)) {
      pollfd ready{file.get(), POLLIN, 0};
      const bool readable = ::poll(&ready, 1, 0) == 1 && (ready.revents & POLLIN) != 0;
      if (!readable && size > 0) { break; }
      if (!readable) { return failed(why(EAGAIN)); }
    }
    const ssize_t got = ::read(file.get(), bytes.data() + size, bytes.size() - size);
    if (got == 0 || (got < 0 && errno == EAGAIN && size > 0)) { break; }
    if (got < 0 && errno == EINTR) { continue; }
    if (got < 0) { return failed(why(errno)); }
    size += static_cast<std::size_t>(got);
  }
  FileText read;
  read.cut = size > max_file_bytes;
  read.text.assign(bytes.data(), std::min(size, max_file_bytes));
  std::replace(read.text.begin(), read.text.end(), '\0', '\n');
  return read;
}

}  // namespace culvert::sensor
