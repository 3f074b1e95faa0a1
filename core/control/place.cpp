// SPDX-License-Identifier: MIT
#include "core/control/place.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace culvert::control {
namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw std::runtime_error{"runtime folder '" + path + "' " + why};
}

void make_folder(const std::string& path) {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::path{path}.parent_path();
  if (!parent.empty()) { std::filesystem::create_directories(parent, error); }
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    refuse(path, std::string{"cannot be made: "} + std::strerror(errno));
  }
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) { refuse(path, std::string{"cannot be read: "} + std::strerror(errno)); }
  if (!S_ISDIR(status.st_mode)) { refuse(path, "is no folder"); }
  if (status.st_uid != geteuid()) {
    refuse(path, "belongs to user " + std::to_string(status.st_uid) + ", not to user " + std::to_string(geteuid()));
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    refuse(path, "can be written by others, its mode should be 0700");
  }
}

}  // namespace

Place::Place(const std::string& socket) {
  const std::string folder = socket.substr(0, socket.rfind('/'));
  make_folder(folder);
  const std::string file = socket + ".lock";
  lock_ = Descriptor{open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!lock_) { refuse(folder, std::string{"cannot be written: "} + std::strerror(errno)); }
  if (flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) { throw NameInUse{"another runtime has its control socket at '" + socket + "'"}; }
    refuse(folder, std::string{"cannot be locked: "} + std::strerror(errno));
  }
  unlink(socket.c_str());
}

}  // namespace culvert::control
