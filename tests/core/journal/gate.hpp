// SPDX-License-Identifier: MIT
/// A disk that takes its time for a sync: here as long as the test wants it to.
#pragma once

#include "tests/support/disk_recorder.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>

namespace culvert::test {

/// While it is shut, a sync of a file whose name ends so stands.
class Gate {
 public:
  explicit Gate(std::string ends) : ends_{std::move(ends)} {
    set_disk_hook([this](DiskCall call, const std::string& path) {
      if (call == DiskCall::sync && path.ends_with(ends_)) { pass(); }
      return 0;
    });
  }
  ~Gate() {
    open();
    set_disk_hook({});
  }
  void shut() {
    const std::lock_guard lock{mutex_};
    is_shut_ = true;
  }
  void open() {
    const std::lock_guard lock{mutex_};
    is_shut_ = false;
    changed_.notify_all();
  }
  bool wait_for_one() {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, std::chrono::seconds{20}, [this] { return stands_; });
  }

 private:
  void pass() {
    std::unique_lock lock{mutex_};
    stands_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !is_shut_; });
    stands_ = false;
  }

  const std::string ends_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_shut_ = false, stands_ = false;
};

}  // namespace culvert::test
