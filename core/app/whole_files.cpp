// SPDX-License-Identifier: MIT
#include "core/app/whole_files.hpp"

#include "core/util/handle.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>

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

WholeFiles::WholeFiles(std::string folder, bool makes_folder)
    : folder_{std::move(folder)}, makes_folder_{makes_folder && ::access(folder_.c_str(), F_OK) != 0} {
  const std::string around = makes_folder_ ? folder_.substr(0, folder_.rfind('/')) : folder_;
  own_ = around + "/.culvert-XXXXXX";
  sigset_t ends;
  sigemptyset(&ends);
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) { sigaddset(&ends, signal); }
  pthread_sigmask(SIG_BLOCK, &ends, &before_);
  if (::mkdtemp(own_.data()) != nullptr) { return; }
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  errno = error;
  fail("write into '" + around + '\'');
}

WholeFiles::~WholeFiles() {
  for (const WholeFile& file : files_) { ::unlink(staged(file.name).c_str()); }
  for (const std::string& name : links_) { ::unlink(staged(name).c_str()); }
  ::rmdir(own_.c_str());
  if (made_folder_) { ::rmdir(folder_.c_str()); }  // unless something is in it
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void WholeFiles::add(WholeFile file) {
  const std::string path = staged(file.name);
  const Descriptor opened{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!opened) { fail("write '" + path + '\''); }
  const std::string text = std::exchange(file.text, {});
  const mode_t mode = file.mode;
  files_.push_back(std::move(file));
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t written = ::write(opened.get(), rest.data(), rest.size());
    if (written < 0) { fail("write '" + path + '\''); }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fchmod(opened.get(), mode) != 0 || ::fsync(opened.get()) != 0) { fail("write '" + path + '\''); }
}

void WholeFiles::add_link(const std::string& name, const std::string& target) {
  if (::symlink(target.c_str(), staged(name).c_str()) != 0) { fail("write '" + staged(name) + '\''); }
  links_.push_back(name);
}

void WholeFiles::take_rights_of_old(const WholeFile& file) const {
  struct stat old {};
  const std::string path = folder_ + '/' + file.place, from = staged(file.name);
  if (::lstat(path.c_str(), &old) != 0 || !S_ISREG(old.st_mode)) { return; }
  const bool is_for_owner = (file.mode & 0077U) == 0, was_for_all = (old.st_mode & 0007U) != 0;
  const mode_t mode = is_for_owner && was_for_all ? file.mode : old.st_mode & 0777U;
  // Nobody else gets into the folder where it still is.
  if (::lchown(from.c_str(), old.st_uid, old.st_gid) != 0 || ::chmod(from.c_str(), mode) != 0) {
    fail("give what replaces '" + path + "' the same owner and group");
  }
}

void WholeFiles::make_folder() {
  made_folder_ = ::mkdir(folder_.c_str(), 0755) == 0;
  // Whatever the umask says.
  if (!made_folder_ || ::chmod(folder_.c_str(), 0755) != 0) { fail("make the folder '" + folder_ + '\''); }
}

void WholeFiles::place() {
  // Before the first is in its place.
  for (const WholeFile& file : files_) {
    struct stat there {};
    const std::string path = folder_ + '/' + file.place;
    if (::lstat(path.c_str(), &there) != 0 || !S_ISDIR(there.st_mode)) { continue; }
    errno = EISDIR;
    fail("write '" + path + '\'');
  }
  for (const WholeFile& file : files_) {
    if (file.may_replace) { take_rights_of_old(file); }
  }
  if (makes_folder_) { make_folder(); }
  for (const WholeFile& file : files_) {
    const std::string from = staged(file.name), to = folder_ + '/' + file.place;
    const bool is_there = file.may_replace ? ::rename(from.c_str(), to.c_str()) == 0 : rename_to_free(from, to);
    if (!is_there) { fail("write '" + to + '\''); }
    sync(to.substr(0, to.rfind('/')));
  }
  if (makes_folder_) { sync(folder_ + "/.."); }
}

}  // namespace culvert
