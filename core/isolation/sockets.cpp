// SPDX-License-Identifier: MIT
#include "core/isolation/sockets.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace culvert::isolation {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw std::runtime_error{"folder '" + path + "' for the sockets of isolated nodes " + why};
}

std::string address(const std::string& folder, std::size_t node, uint64_t epoch, const std::string& what) {
  return "ipc://" + folder + '/' + std::to_string(node) + '.' + std::to_string(epoch) + what;
}

void clear(const std::string& path) {
  std::error_code failed;
  for (const fs::directory_entry& entry : fs::directory_iterator{path, failed}) { unlink(entry.path().c_str()); }
}

}  // namespace

SocketFolder::SocketFolder(std::string path) : path_{std::move(path)} {
  std::error_code error;
  fs::create_directories(fs::path{path_}.parent_path(), error);
  if (mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) {
    refuse(path_, std::string{"cannot be made: "} + std::strerror(errno));
  }
  folder_ = Descriptor{open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)};
  struct stat status {};
  if (!folder_ || fstat(folder_.get(), &status) != 0) {
    refuse(path_, std::string{"cannot be opened: "} + std::strerror(errno));
  }
  if (status.st_uid != geteuid()) { refuse(path_, "belongs to user " + std::to_string(status.st_uid)); }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    refuse(path_, "can be entered by others, its mode should be 0700");
  }
  if (flock(folder_.get(), LOCK_EX | LOCK_NB) != 0) {
    refuse(path_, "is held by another runtime of that name, give this one another [runtime] name");
  }
  clear(path_);
}

SocketFolder::~SocketFolder() {
  clear(path_);
  rmdir(path_.c_str());
}

std::string socket_folder(const std::string& control_socket) {
  return control_socket.substr(0, control_socket.rfind('.')) + ".d";
}

std::string control_address(const std::string& folder, std::size_t node, uint64_t epoch) {
  return address(folder, node, epoch, ".c");
}

std::string outlet_address(const std::string& folder, std::size_t node, uint64_t epoch) {
  return address(folder, node, epoch, ".o");
}

std::string inbox_address(const std::string& folder, std::size_t node, uint64_t epoch, std::size_t route) {
  return address(folder, node, epoch, "." + std::to_string(route));
}

}  // namespace culvert::isolation
