// SPDX-License-Identifier: MIT
#include "core/runtime/state_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace culvert {
namespace {

[[noreturn]] void fail(const std::string& path, const char* what, int code) {
  // Another folder helps against what is wrong with this one.
  const bool is_limit = code == EMFILE || code == ENFILE;
  throw std::runtime_error{
      "state folder '" + path + "': " + what + ": " + std::strerror(code) +
      (is_limit ? ", raise the limit (ulimit -n)" : ", set [runtime] state_dir to a folder of this user")};
}

void make_folder(const std::string& path) {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::path{path}.parent_path();
  if (!parent.empty()) { std::filesystem::create_directories(parent, error); }
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) { fail(path, "cannot be made", errno); }
}

std::string owner_of(int lock) {
  char text[32] = {};
  const ssize_t size = pread(lock, text, sizeof text - 1, 0);
  return size > 0 ? " by process " + std::string{text, static_cast<std::size_t>(size)} : std::string{};
}

}  // namespace

StateFolder::StateFolder(const std::string& path) {
  make_folder(path);
  const std::string file = path + "/lock";
  lock_ = Descriptor{open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!lock_) { fail(path, "cannot be written", errno); }
  if (flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) { fail(path, "cannot be locked", errno); }
    throw StateFolderInUse{"state folder '" + path + "' is in use" + owner_of(lock_.get())};
  }
  // For people who look who holds it; the lock itself is what counts, and a full disk must not keep a box from
  // starting.
  const std::string pid = std::to_string(getpid());
  if (ftruncate(lock_.get(), 0) == 0) {
    [[maybe_unused]] const ssize_t written = pwrite(lock_.get(), pid.data(), pid.size(), 0);
  }
}

}  // namespace culvert
