// SPDX-License-Identifier: MIT
/// Tries in a process of its own what a confinement lets be done: nothing of one can be taken back.
#pragma once

#include "core/isolation/confinement.hpp"
#include "core/isolation/kernel.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <stdexcept>
#include <string>

namespace culvert::isolation {

/// What `body` answers in a process that is confined before.
inline std::string confined(const Confinement& confinement, const std::function<std::string()>& body) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::string said;
    try {
      limit(confinement);
      confine(confinement);
      said = body();
    } catch (const std::exception& error) { said = error.what(); }
    [[maybe_unused]] const ssize_t written = write(ends[1], said.data(), said.size());
    _exit(0);
  }
  close(ends[1]);
  std::string heard;
  char bytes[512];
  for (ssize_t size = 0; (size = read(ends[0], bytes, sizeof bytes)) > 0;) {
    heard.append(bytes, static_cast<std::size_t>(size));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) { heard += " and was ended by " + std::to_string(WTERMSIG(status)); }
  return heard;
}

/// "0", or the name of the error.
inline std::string outcome(long answer) { return answer >= 0 ? "0" : strerrorname_np(errno); }

inline std::string opened(const std::string& path, int flags = O_RDONLY) {
  const int file = open(path.c_str(), flags | O_CLOEXEC, 0600);
  const std::string said = outcome(file);
  if (file >= 0) { close(file); }
  return said;
}

/// One behind the other, in this order.
inline std::string all(std::initializer_list<std::string> outcomes) {
  std::string said;
  for (const std::string& one : outcomes) { said += (said.empty() ? "" : " ") + one; }
  return said;
}

/// Gone with the test.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "culvert-confined-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) { throw std::runtime_error{"no temporary folder"}; }
    path_ = std::filesystem::canonical(name).string();
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + '/' + name; }
  std::string write(const std::string& name) const {
    const std::string path = *this / name;
    std::filesystem::create_directories(std::filesystem::path{path}.parent_path());
    std::ofstream{path} << "text\n";
    return path;
  }

 private:
  std::string path_;
};

/// For a plugin that needs nothing.
inline Confinement nothing() {
  Confinement made;
  made.is_known = true;
  return made;
}

inline bool has_landlock(int version) {
  if (landlock_version() >= version) { return true; }
  MESSAGE("this kernel has Landlock " << landlock_version());
  return false;
}

}  // namespace culvert::isolation
