// SPDX-License-Identifier: MIT
#include "core/runtime/crash_file.hpp"

#include "core/journal/clock.hpp"
#include "core/util/clock.hpp"
#include "core/util/handle.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace culvert {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error{errno, std::generic_category(), what}; }

}  // namespace

CrashFile::CrashFile(const std::string& folder) noexcept {
  try {
    open(folder + "/crash");
  } catch (const std::exception& error) {
    problem_ = "'" + folder + "/crash': " + error.what() + ", a crash of this run will not be recorded";
  }
}

CrashFile::~CrashFile() {
  handler_.reset();
  if (record_ == nullptr) { return; }
  uint64_t own = run_;
  record_->state_now().compare_exchange_strong(own, CrashRecord::nothing);
  munmap(record_, sizeof *record_);
}

void CrashFile::forget_last() noexcept {
  uint64_t last = last_run_;
  if (record_ != nullptr && last != 0) { record_->state_now().compare_exchange_strong(last, CrashRecord::nothing); }
}

void CrashFile::open(const std::string& path) {
  const Descriptor file{::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600)};
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0) { fail("cannot be written"); }
  if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() || status.st_nlink != 1) {
    throw std::runtime_error{"it must be a file of this user, with no other name"};
  }
  CrashRecord begin;
  const std::string boot_id = journal::boot_id();
  std::memcpy(begin.boot_id, boot_id.data(), std::min(boot_id.size(), sizeof begin.boot_id - 1));
  if (!read(file.get(), path)) {
    // Written, not only made longer: in a file with a hole the handler would find out that the disk is full.
    if (status.st_size != sizeof begin && ftruncate(file.get(), 0) != 0) { fail("cannot be written"); }
    if (pwrite(file.get(), &begin, sizeof begin, 0) != sizeof begin) { fail("cannot be written"); }
  }
  run_ = std::max(static_cast<uint64_t>(wall_ns()), CrashRecord::begun + 1);
  if (run_ == last_run_) { ++run_; }
  begin.run = run_;
  void* const place = mmap(nullptr, sizeof begin, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (place == MAP_FAILED) { fail("cannot be mapped"); }
  record_ = static_cast<CrashRecord*>(place);
  handler_.emplace(*record_, begin);
}

// Whether there is a record of the run before: it stays until this one runs (forget_last).
bool CrashFile::read(int file, const std::string& path) {
  CrashRecord found;
  const ssize_t size = pread(file, &found, sizeof found, 0);
  if (size < 0) { fail("cannot be read"); }
  struct stat status {};
  if (size == 0 || fstat(file, &status) != 0) { return false; }
  std::string why = status.st_size == sizeof found ? "" : "it is no record of a crash";
  if (why.empty()) { last_ = read_crash(found, journal::boot_id(), why); }
  if (!why.empty()) { problem_ = "'" + path + "' is ignored and made anew: " + why; }
  last_run_ = found.run;
  return last_.has_value();
}

}  // namespace culvert
