// SPDX-License-Identifier: MIT
// Loaded in front of the C library, this hangs the disk of one program: as long as the file that its environment names
// in HUNG_DISK is there, no sync of a journal's log comes back.
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

bool is_log(int file) {
  char name[64], path[4096];
  std::snprintf(name, sizeof name, "/proc/self/fd/%d", file);
  const ssize_t size = readlink(name, path, sizeof path);
  return size > 0 && std::string_view{path, static_cast<std::size_t>(size)}.ends_with("-wal");
}

void hang(int file) {
  const char* const path = std::getenv("HUNG_DISK");
  if (path == nullptr || !is_log(file)) { return; }
  while (access(path, F_OK) == 0) {
    const timespec moment{0, 10'000'000};
    nanosleep(&moment, nullptr);
  }
}

}  // namespace

extern "C" int fdatasync(int file) {
  hang(file);
  return static_cast<int>(syscall(SYS_fdatasync, file));
}

extern "C" int fsync(int file) {
  hang(file);
  return static_cast<int>(syscall(SYS_fsync, file));
}
