// SPDX-License-Identifier: MIT
// The functions below take the place of the C library's, for the program and for the libraries that it is linked with.
// They are named by what the library calls them after large-file support, which headers would rename.
#include "tests/support/disk_recorder.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <mutex>

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
  if (event.file == the_folder) { event.kind = DiskEvent::Kind::sync_folder; }
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

template <class Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
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

std::vector<DiskEvent> end_recording() {
  Recorder& to = recorder();
  const std::lock_guard lock{to.mutex};
  to.folder.clear();
  return std::move(to.events);
}

namespace {

constexpr std::size_t sector = 512;

void write_at(std::string& content, std::size_t at, std::string_view bytes) {
  if (content.size() < at + bytes.size()) { content.resize(at + bytes.size()); }
  bytes.copy(content.data() + at, bytes.size());
}

/// A write of which each sector may be there.
void write_torn(std::string& content, const DiskEvent& event, std::mt19937& random) {
  const auto begin = static_cast<std::size_t>(event.at);
  for (std::size_t at = begin; at < begin + event.bytes.size();) {
    const std::size_t end = std::min(begin + event.bytes.size(), (at / sector + 1) * sector);
    if (random() % 2 == 0) { write_at(content, at, std::string_view{event.bytes}.substr(at - begin, end - at)); }
    at = end;
  }
}

}  // namespace

std::map<std::string, std::string> cut_power(const std::vector<DiskEvent>& events, std::size_t count,
                                             std::mt19937& random, const std::string& ignores) {
  std::map<int, std::size_t> synced;  ///< by file: events before that one are on disk
  std::map<int, std::string> called;
  std::size_t folder_synced = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const DiskEvent& event = events[i];
    if (event.kind == DiskEvent::Kind::create) { called[event.file] = event.bytes; }
    if (event.kind == DiskEvent::Kind::sync && (ignores.empty() || !called[event.file].ends_with(ignores))) {
      synced[event.file] = i;
    }
    if (event.kind == DiskEvent::Kind::sync_folder) { folder_synced = i; }
  }
  std::map<int, std::string> contents;
  std::map<std::string, int> names;
  bool names_end = false;
  // How much of what was not synced has got to the disk is by chance too: nearly all, nearly nothing, or half.
  const unsigned luck = random() % 3 == 0 ? 5 : random() % 2 == 0 ? 95 : 50;
  for (std::size_t i = 0; i < count; ++i) {
    const DiskEvent& event = events[i];
    const bool is_certain = i < synced[event.file];
    const bool is_whole = is_certain || random() % 100 < luck;
    switch (event.kind) {
      case DiskEvent::Kind::write:
        if (is_whole) {
          write_at(contents[event.file], static_cast<std::size_t>(event.at), event.bytes);
        } else {
          write_torn(contents[event.file], event, random);
        }
        break;
      case DiskEvent::Kind::cut:
        if (is_whole) { contents[event.file].resize(static_cast<std::size_t>(event.at)); }
        break;
      case DiskEvent::Kind::create:
      case DiskEvent::Kind::remove:
      case DiskEvent::Kind::rename: {
        // Names come to the disk in order.
        names_end = names_end || (i >= folder_synced && random() % 100 >= luck);
        if (names_end) { break; }
        const std::size_t line = event.bytes.find('\n');
        names.erase(event.bytes.substr(0, line));
        if (event.kind == DiskEvent::Kind::create) { names[event.bytes] = event.file; }
        if (event.kind == DiskEvent::Kind::rename) { names[event.bytes.substr(line + 1)] = event.file; }
        break;
      }
      default:
        break;
    }
  }
  std::map<std::string, std::string> found;
  for (const auto& [name, file] : names) { found[name] = contents[file]; }
  return found;
}

}  // namespace culvert::test

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
  const int failed = call(descriptor);
  if (failed == 0) { culvert::test::note(descriptor, {DiskEvent::Kind::sync, -1, 0, {}}); }
  return failed;
}

int recorded_fsync(int descriptor) {
  static const auto call = culvert::test::real<int (*)(int)>("fsync");
  const int failed = call(descriptor);
  if (failed == 0) { culvert::test::note(descriptor, {DiskEvent::Kind::sync, -1, 0, {}}); }
  return failed;
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
