// SPDX-License-Identifier: MIT
/// A file that is on no disk, for code that takes paths. For any thread, one at a time.
#pragma once

#include "descriptor.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

namespace culvert::mqtt {

class MemoryFile {
 public:
  /// Throws std::system_error.
  explicit MemoryFile(std::string_view text) : file_{::memfd_create("culvert", MFD_CLOEXEC)} {
    if (!file_) { throw std::system_error{errno, std::generic_category(), "make a file in memory"}; }
    while (!text.empty()) {
      const ssize_t written = ::write(file_.get(), text.data(), text.size());
      if (written < 0 && errno == EINTR) { continue; }
      if (written < 0) { throw std::system_error{errno, std::generic_category(), "write a file in memory"}; }
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  /// Of use in this process only, as long as this object lives.
  std::string path() const { return "/proc/self/fd/" + std::to_string(file_.get()); }

 private:
  Descriptor file_;
};

}  // namespace culvert::mqtt
