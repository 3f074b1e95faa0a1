// SPDX-License-Identifier: MIT
#include "core/runtime/state_folder.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string_view>

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

/// Without a file it is the first: that one had none. Power may be cut before what was written is in the file.
int version_in(const std::string& path) {
  const std::string name = path + "/version";
  const Descriptor file{open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (!file && errno == ENOENT) { return 1; }
  char text[32] = {};
  const ssize_t size = file ? read(file.get(), text, sizeof text) : -1;
  if (size < 0) { fail(path, "its file 'version' cannot be read", errno); }
  std::string_view said{text, static_cast<std::size_t>(size)};
  if (said.ends_with('\n')) { said.remove_suffix(1); }
  if (said.empty()) { return 1; }
  int found = 0;
  const auto [end, error] = std::from_chars(said.data(), said.data() + said.size(), found);
  if (error == std::errc{} && end == said.data() + said.size() && found > 0) { return found; }
  throw StateFolderUnknown{"state folder '" + path + "': its file 'version' must hold a number from 1 on, got '" +
                           std::string{said} + "', set [runtime] state_dir to a folder of culvert's"};
}

/// What root makes in another user's folder, as 'culvert journal drop' beside a service that stands still, is that
/// user's.
void give_to_owner(const std::string& folder, const Descriptor& file) {
  struct stat status {};
  if (geteuid() != 0 || stat(folder.c_str(), &status) != 0 || status.st_uid == 0) { return; }
  if (fchown(file.get(), status.st_uid, status.st_gid) != 0) { fail(folder, "cannot be shared with its owner", errno); }
}

/// A full disk must not keep a box from starting: then the next start writes it.
void write_version(const std::string& path) {
  const std::string name = path + "/version", fresh = name + ".new";
  const std::string text = std::to_string(StateFolder::version) + '\n';
  const Descriptor file{open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file) { return; }
  give_to_owner(path, file);
  const bool is_written = write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                          fsync(file.get()) == 0 && rename(fresh.c_str(), name.c_str()) == 0;
  if (!is_written) { unlink(fresh.c_str()); }
}

void check_version(const std::string& path) {
  const int found = version_in(path);
  if (found > StateFolder::version) {
    throw StateFolderUnknown{"state folder '" + path + "' is of version " + std::to_string(found) +
                             ", this culvert knows it up to version " + std::to_string(StateFolder::version) +
                             ": run the newer culvert that wrote it, or set another [runtime] state_dir"};
  }
  struct stat status {};
  if (lstat((path + "/version").c_str(), &status) != 0 || status.st_size == 0) { write_version(path); }
}

}  // namespace

std::string other_owner(const std::string& path) {
  struct stat status {};
  if (geteuid() != 0 || stat(path.c_str(), &status) != 0 || status.st_uid == 0) { return {}; }
  const passwd* const user = getpwuid(status.st_uid);
  return user != nullptr ? user->pw_name : std::to_string(status.st_uid);
}

void refuse_anothers(const std::string& path) {
  const std::string user = other_owner(path);
  if (user.empty()) { return; }
  throw StateFolderUnknown{"state folder '" + path + "' belongs to user '" + user +
                           "', who could not use what root leaves in it: set [runtime] state_dir to another folder"};
}

StateFolder::StateFolder(const std::string& path) {
  make_folder(path);
  const std::string file = path + "/lock";
  lock_ = Descriptor{open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!lock_) { fail(path, "cannot be written", errno); }
  give_to_owner(path, lock_);
  if (flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) { fail(path, "cannot be locked", errno); }
    throw StateFolderInUse{"state folder '" + path + "' is in use" + owner_of(lock_.get())};
  }
  check_version(path);
  // For people who look who holds it; the lock itself is what counts, and a full disk must not keep a box from
  // starting.
  const std::string pid = std::to_string(getpid());
  if (ftruncate(lock_.get(), 0) == 0) {
    [[maybe_unused]] const ssize_t written = pwrite(lock_.get(), pid.data(), pid.size(), 0);
  }
}

}  // namespace culvert
