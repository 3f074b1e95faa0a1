// SPDX-License-Identifier: MIT
// The functions below take the place of the C library's, for the program and for the libraries that it is linked with.
// They are named by what the library calls them after large-file support, which headers would rename.
#include "tests/support/disk_recorder.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdarg>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace culvert::test {
namespace {

struct Recorder {
  std::mutex mutex;
  std::string folder;  ///< with a '/' behind it; empty: nothing is recorded
  std::vector<DiskEvent> events;
  std::map<std::string, int> names;      ///< in the folder
  std::map<int, int> files;              ///< by descriptor
  std::map<int, std::string> file_name;  ///< what each was called first
  int count = 0;
  std::shared_mutex hook_mutex;  ///< held while the hook is called
  DiskHook hook;
};

Recorder& recorder() {
  static auto* const instance = new Recorder;
  return *instance;
}

constexpr int the_folder = -2;

/// The name within the folder, or "".
std::string name_of(const char* path) {
  const std::string text = path == nullptr ? "" : path;
  const std::string& folder = recorder().folder;
  return !folder.empty() && text.starts_with(folder) ? text.substr(folder.size()) : std::string{};
}

void note_open(const char* path, int flags, int descriptor) {
  Recorder& to = recorder();
  const std::lock_guard lock{to.mutex};
  to.files.erase(descriptor);
  if (to.folder.empty() || descriptor < 0) { return; }
  if (to.folder == std::string{path} + '/') { to.files[descriptor] = the_folder; }
  const std::string name = name_of(path);
  if (name.empty()) { return; }
  const auto known = to.names.find(name);
  if (known != to.names.end()) {
    to.files[descriptor] = known->second;
  } else if ((flags & O_CREAT) != 0) {
    const int file = to.count++;
    to.names[name] = file;
    to.file_name[file] = name;
    to.files[descriptor] = file;
    to.events.push_back({DiskEvent::Kind::create, file, 0, name});
  }
  if ((flags & O_TRUNC) != 0) { to.events.push_back({DiskEvent::Kind::cut, to.names[name], 0, {}}); }
}

void note(int descriptor, DiskEvent event) {
  Recorder& to = recorder();
  const std::lock_guard lock{to.mutex};
  const auto found = to.files.find(descriptor);
  if (to.folder.empty() || found == to.files.end()) { return; }
  event.file = found->second;
  if (event.file == the_folder) {
    // Names are written again by the next sync: a file system that has them in its own log knows of them still.
    if (event.kind == DiskEvent::Kind::lose) { return; }
    event.kind = DiskEvent::Kind::sync_folder;
  }
  to.events.push_back(std::move(event));
}

void note_name(DiskEvent::Kind kind, const std::string& from, const std::string& to_name = {}) {
  Recorder& to = recorder();
  const std::lock_guard lock{to.mutex};
  if (from.empty() || !to.names.contains(from)) { return; }
  const int file = to.names[from];
  to.names.erase(from);
  if (kind == DiskEvent::Kind::rename) { to.names[to_name] = file; }
  to.events.push_back({kind, file, 0, kind == DiskEvent::Kind::rename ? from + '\n' + to_name : from});
}

/// Asks the test what becomes of a call. False when it fails, with its errno.
bool passes(DiskCall call, int descriptor) {
  Recorder& from = recorder();
  const std::shared_lock lock{from.hook_mutex};
  if (!from.hook) { return true; }
  char path[PATH_MAX];
  const ssize_t size = readlink(("/proc/self/fd/" + std::to_string(descriptor)).c_str(), path, sizeof path);
  const int error = size > 0 ? from.hook(call, {path, static_cast<std::size_t>(size)}) : 0;
  if (error == 0) { return true; }
  errno = error;
  return false;
}

template <class Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

/// One that fails loses what it was about: no later one brings it to the disk.
int sync(int (*call)(int), int descriptor) {
  if (!passes(DiskCall::sync, descriptor)) {
    const int error = errno;
    note(descriptor, {DiskEvent::Kind::lose, -1, 0, {}});
    errno = error;
    return -1;
  }
  const int failed = call(descriptor);
  if (failed == 0) { note(descriptor, {DiskEvent::Kind::sync, -1, 0, {}}); }
  return failed;
}

}  // namespace

void begin_recording(const std::string& folder) {
  Recorder& to = recorder();
  const std::lock_guard lock{to.mutex};
  to.folder = folder + '/';
  to.events.clear();
  to.names.clear();
  to.files.clear();
}

void mark(const std::string& word, int64_t number) {
  Recorder& to = recorder();
  const std::lock_guard lock{to.mutex};
  to.events.push_back({DiskEvent::Kind::mark, -1, number, word});
}

void set_disk_hook(DiskHook hook) {
  Recorder& to = recorder();
  const std::lock_guard lock{to.hook_mutex};
  to.hook = std::move(hook);
}

std::vector<DiskEvent> end_recording() {
  Recorder& to = recorder();
  const std::lock_guard lock{to.mutex};
  to.folder.clear();
  return std::move(to.events);
}

}  // namespace culvert::test

using culvert::test::DiskCall;
using culvert::test::DiskEvent;

extern "C" {

int recorded_open(const char* path, int flags, ...) __asm__("open64");
int recorded_close(int descriptor) __asm__("close");
ssize_t recorded_pwrite(int descriptor, const void* bytes, size_t size, off_t at) __asm__("pwrite64");
int recorded_ftruncate(int descriptor, off_t size) __asm__("ftruncate64");
int recorded_fdatasync(int descriptor) __asm__("fdatasync");
int recorded_fsync(int descriptor) __asm__("fsync");
int recorded_unlink(const char* path) __asm__("unlink");
int recorded_rename(const char* from, const char* to) __asm__("rename");

int recorded_open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? static_cast<mode_t>(va_arg(more, int)) : 0;
  va_end(more);
  static const auto call = culvert::test::real<int (*)(const char*, int, ...)>("open64");
  const int descriptor = call(path, flags, mode);
  culvert::test::note_open(path, flags, descriptor);
  return descriptor;
}

int recorded_close(int descriptor) {
  static const auto call = culvert::test::real<int (*)(int)>("close");
  return call(descriptor);
}

ssize_t recorded_pwrite(int descriptor, const void* bytes, size_t size, off_t at) {
  static const auto call = culvert::test::real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite64");
  if (!culvert::test::passes(DiskCall::write, descriptor)) { return -1; }
  const ssize_t written = call(descriptor, bytes, size, at);
  if (written > 0) {
    culvert::test::note(
        descriptor, {DiskEvent::Kind::write, -1, at, {static_cast<const char*>(bytes), static_cast<size_t>(written)}});
  }
  return written;
}

int recorded_ftruncate(int descriptor, off_t size) {
  static const auto call = culvert::test::real<int (*)(int, off_t)>("ftruncate64");
  const int failed = call(descriptor, size);
  if (failed == 0) { culvert::test::note(descriptor, {DiskEvent::Kind::cut, -1, size, {}}); }
  return failed;
}

int recorded_fdatasync(int descriptor) {
  static const auto call = culvert::test::real<int (*)(int)>("fdatasync");
  return culvert::test::sync(call, descriptor);
}

int recorded_fsync(int descriptor) {
  static const auto call = culvert::test::real<int (*)(int)>("fsync");
  return culvert::test::sync(call, descriptor);
}

int recorded_unlink(const char* path) {
  static const auto call = culvert::test::real<int (*)(const char*)>("unlink");
  const int failed = call(path);
  if (failed == 0) { culvert::test::note_name(DiskEvent::Kind::remove, culvert::test::name_of(path)); }
  return failed;
}

int recorded_rename(const char* from, const char* to) {
  static const auto call = culvert::test::real<int (*)(const char*, const char*)>("rename");
  const int failed = call(from, to);
  if (failed == 0) {
    culvert::test::note_name(DiskEvent::Kind::rename, culvert::test::name_of(from), culvert::test::name_of(to));
  }
  return failed;
}

}  // extern "C"
