// SPDX-License-Identifier: MIT
#include "state_file.hpp"

#include "descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace culvert::mqtt {

namespace {

[[noreturn]] void fail(const std::string& what) { throw std::system_error{errno, std::generic_category(), what}; }

void write_all(int file, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t put = write(file, text.data(), text.size());
    if (put < 0 && errno == EINTR) { continue; }
    if (put < 0) { fail("write '" + path + '\''); }
    text.remove_prefix(static_cast<std::size_t>(put));
  }
}

}  // namespace

StateFile::StateFile(std::string_view state_dir, std::string_view name)
    : folder_{state_dir}, path_{folder_ + '/' + std::string{name}} {}

std::optional<std::string> StateFile::load(std::size_t most) const {
  const Descriptor file{open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (!file) {
    if (errno == ENOENT) { return std::nullopt; }
    fail("open '" + path_ + '\'');
  }
  std::string text(most + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) { continue; }
    if (got < 0) { fail("read '" + path_ + '\''); }
    if (got == 0) { break; }
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return text;
}

void StateFile::store(std::string_view text) const {
  const std::string fresh = path_ + ".new";
  if (unlink(fresh.c_str()) != 0 && errno != ENOENT) { fail("remove '" + fresh + '\''); }
  const Descriptor file{open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file) { fail("make '" + fresh + '\''); }
  write_all(file.get(), text, fresh);
  if (fsync(file.get()) != 0) { fail("write '" + fresh + '\''); }
  if (rename(fresh.c_str(), path_.c_str()) != 0) { fail("replace '" + path_ + '\''); }
  const Descriptor folder{open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!folder || fsync(folder.get()) != 0) { fail("sync '" + folder_ + '\''); }
}

}  // namespace culvert::mqtt
