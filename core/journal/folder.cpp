// SPDX-License-Identifier: MIT
#include "core/journal/folder.hpp"

#include "core/util/handle.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace culvert::journal {
namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw std::runtime_error{"journal '" + path + "': " + why};
}

[[noreturn]] void refuse(const std::string& path, const char* what, int code) {
  refuse(path, std::string{what} + ": " + std::strerror(code));
}

/// What is there must be this user's alone. A mode that lets others in is narrowed.
void claim(const std::string& path, const struct stat& status, mode_t mode) {
  if (status.st_uid != geteuid()) {
    refuse(path, "belongs to user " + std::to_string(status.st_uid) + ", and this is user " +
                     std::to_string(geteuid()) +
                     ": start as that user, or set [runtime] state_dir to a folder of this one");
  }
  if ((status.st_mode & 07777) != mode && chmod(path.c_str(), mode) != 0) {
    refuse(path, "its mode cannot be set", errno);
  }
}

}  // namespace

void sync_folder(const std::string& path) {
  const Descriptor folder{open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!folder || fsync(folder.get()) != 0) { refuse(path, "cannot be synced", errno); }
}

Folder::Folder(const std::string& state_dir) {
  // The state folder itself may be a link: systemd makes it one for a user of its own choice.
  const std::unique_ptr<char, FreeWith<std::free>> real{realpath(state_dir.c_str(), nullptr)};
  if (real == nullptr) { refuse(state_dir, "cannot be had", errno); }
  const std::string state = real.get();
  path_ = state + "/journal";
  if (mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) { refuse(path_, "cannot be made", errno); }
  struct stat status {};
  if (lstat(path_.c_str(), &status) != 0) { refuse(path_, "cannot be looked at", errno); }
  if (S_ISLNK(status.st_mode)) {
    refuse(path_, "is a symbolic link, and must be a folder: what is behind it could be anybody's");
  }
  if (!S_ISDIR(status.st_mode)) { refuse(path_, "is no folder"); }
  claim(path_, status, 0700);
  if (access(path_.c_str(), R_OK | W_OK | X_OK) != 0) { refuse(path_, "cannot be written", errno); }
  // Also where another process made it, which may have ended before this. Who may not read the folder above has not
  // made anything in it.
  if (access(state.c_str(), R_OK) == 0) { sync_folder(state); }
  take_ballast();
}

void Folder::prepare(const std::string& file) const {
  const Descriptor made{open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (made) {
    if (fchmod(made.get(), 0600) != 0) { refuse(file, "its mode cannot be set", errno); }
    return;
  }
  // A full disk has no room for another name in the folder; the ballast is for that too.
  if (errno != EEXIST) { refuse(file, "cannot be made", errno); }
  struct stat status {};
  if (lstat(file.c_str(), &status) != 0) { refuse(file, "cannot be looked at", errno); }
  if (S_ISLNK(status.st_mode)) { refuse(file, "is a symbolic link, and must be a file"); }
  if (!S_ISREG(status.st_mode)) { refuse(file, "is no file"); }
  claim(file, status, 0600);
  if (access(file.c_str(), R_OK | W_OK) != 0) { refuse(file, "cannot be written", errno); }
}

int64_t Folder::limit(int64_t wanted) const {
  struct statvfs system {};
  if (statvfs(path_.c_str(), &system) != 0 || system.f_blocks == 0) { return wanted; }
  constexpr int64_t least = 512 << 10;
  const auto tenth = static_cast<int64_t>(system.f_blocks / 10 * system.f_frsize);
  return std::min(wanted, std::max(tenth, least));
}

void Folder::drop_ballast() {
  const std::lock_guard lock{mutex_};
  // The name stays: a full disk may have no room to make it again.
  const Descriptor file{open(ballast_path().c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW)};
  has_ballast_ = false;
}

bool Folder::take_ballast() {
  const std::lock_guard lock{mutex_};
  if (has_ballast_) { return true; }
  const Descriptor file{open(ballast_path().c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file) { return false; }
  struct stat status {};
  const bool is_there = fstat(file.get(), &status) == 0 && status.st_size == ballast_bytes &&
                        int64_t{status.st_blocks} * 512 >= ballast_bytes;
  has_ballast_ = is_there || posix_fallocate(file.get(), 0, ballast_bytes) == 0;
  // Half of it would only take room from others.
  if (!has_ballast_) { [[maybe_unused]] const int failed = ftruncate(file.get(), 0); }
  return has_ballast_;
}

}  // namespace culvert::journal
