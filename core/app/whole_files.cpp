// SPDX-License-Identifier: MIT
#include "core/app/whole_files.hpp"

#include "core/util/handle.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace culvert {
namespace {

[[noreturn]] void fail(const std::string& what) { throw std::system_error{errno, std::generic_category(), what}; }

void sync(const std::string& folder) {
  const Descriptor open{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!open || ::fsync(open.get()) != 0) { fail("sync '" + folder + '\''); }
}

/// Not every file system can refuse to replace; then it is looked at first.
bool rename_to_free(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) { return true; }
  if (errno != EINVAL && errno != ENOSYS) { return false; }
  struct stat there {};
  if (::lstat(to.c_str(), &there) == 0) {
    errno = EEXIST;
    return false;
  }
  return ::rename(from.c_str(), to.c_str()) == 0;
}

}  // namespace

WholeFiles::WholeFiles(std::string folder) : folder_{std::move(folder)}, own_{folder_ + "/.culvert-XXXXXX"} {
  sigset_t ends;
  sigemptyset(&ends);
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) { sigaddset(&ends, signal); }
  pthread_sigmask(SIG_BLOCK, &ends, &before_);
  if (::mkdtemp(own_.data()) != nullptr) { return; }
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  errno = error;
  fail("write into '" + folder_ + '\'');
}

WholeFiles::~WholeFiles() {
  for (const std::string& name : names_) { ::unlink(staged(name).c_str()); }
  ::rmdir(own_.c_str());
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void WholeFiles::add(const std::string& name, std::string_view text, mode_t mode) {
  const std::string path = staged(name);
  const Descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!file) { fail("write '" + path + '\''); }
  names_.push_back(name);
  while (!text.empty()) {
    const ssize_t written = ::write(file.get(), text.data(), text.size());
    if (written < 0) { fail("write '" + path + '\''); }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fchmod(file.get(), mode) != 0 || ::fsync(file.get()) != 0) { fail("write '" + path + '\''); }
}

void WholeFiles::place(bool over) {
  // Before the first is in its place.
  for (const std::string& name : names_) {
    struct stat there {};
    const std::string path = folder_ + '/' + name;
    if (::lstat(path.c_str(), &there) != 0 || !S_ISDIR(there.st_mode)) { continue; }
    errno = EISDIR;
    fail("write '" + path + '\'');
  }
  for (const std::string& name : names_) {
    const std::string from = staged(name), to = folder_ + '/' + name;
    const bool is_there = over ? ::rename(from.c_str(), to.c_str()) == 0 : rename_to_free(from, to);
    if (!is_there) { fail("write '" + to + '\''); }
  }
  sync(folder_);
}

}  // namespace culvert
