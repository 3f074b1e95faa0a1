// SPDX-License-Identifier: MIT
#include "core/plugin/option_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace culvert::plugin {
namespace {

constexpr std::size_t max_pem = 4U << 20U;

/// Closes a descriptor at the end of a scope.
struct Descriptor {
  int number;
  explicit Descriptor(int opened) noexcept : number{opened} {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number >= 0) { ::close(number); }
  }
};

Checked unreadable(int error) { return wrong(std::string{"cannot be read: "} + std::strerror(error)); }

}  // namespace

std::string absolute_path(const std::string& path, const std::string& config_file) {
  const std::filesystem::path given{path};
  std::error_code error;
  std::filesystem::path base = std::filesystem::absolute(std::filesystem::path{config_file}, error).parent_path();
  return (given.is_absolute() ? given : base / given).lexically_normal().string();
}

Checked read_file(const std::string& path, std::size_t limit) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (file.number < 0) { return unreadable(errno); }
  struct stat status {};
  if (::fstat(file.number, &status) != 0) { return unreadable(errno); }
  if (S_ISDIR(status.st_mode)) { return wrong("is a folder, not a file"); }
  if (!S_ISREG(status.st_mode)) { return wrong("is not a regular file"); }
  std::string text;
  std::string chunk(16384, '\0');
  for (;;) {
    const ssize_t got = ::read(file.number, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) { continue; }
    if (got < 0) { return unreadable(errno); }
    if (got == 0) { return {text, {}}; }
    text.append(chunk, 0, static_cast<std::size_t>(got));
    if (text.size() > limit) { return wrong("is larger than " + std::to_string(limit >> 10U) + " KiB"); }
  }
}

std::string file_problem(const std::string& path, const std::string& content) {
  const std::string file = "names " + ticked(path) + ", which ";
  if (content.empty()) {
    // Its size is the plugin's business; whether it can be opened is not.
    const Descriptor opened{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    if (opened.number < 0) { return file + unreadable(errno).why; }
    struct stat status {};
    if (::fstat(opened.number, &status) != 0) { return file + unreadable(errno).why; }
    if (S_ISDIR(status.st_mode)) { return file + "is a folder, not a file"; }
    return S_ISREG(status.st_mode) ? std::string{} : file + "is not a regular file";
  }
  const Checked text = read_file(path, max_pem);
  if (!text.is_good()) { return file + text.why; }
  if (text.value.empty()) { return file + "is empty"; }
  const std::string why = pem_problem(text.value, content);
  return why.empty() ? why : file + why;
}

std::optional<unsigned> open_mode(const std::string& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0 || (status.st_mode & 0044U) == 0) { return std::nullopt; }
  return status.st_mode & 0777U;
}

}  // namespace culvert::plugin
