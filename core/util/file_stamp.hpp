// SPDX-License-Identifier: MIT
/// By what one can tell that a file is another one, or was written to, without reading it. Pure, any thread.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

namespace culvert {

struct FileStamp {
  uint64_t device = 0, inode = 0;
  int64_t bytes = 0, changed_s = 0, changed_ns = 0;  ///< when it was written to last, on the wall clock
  bool operator==(const FileStamp&) const = default;
};

/// All zero when there is none.
inline FileStamp stamp_of(const std::string& path) noexcept {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) { return {}; }
  return {found.st_dev, found.st_ino, found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec};
}

}  // namespace culvert
