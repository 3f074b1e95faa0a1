// SPDX-License-Identifier: MIT
/// What the main thread has a node's thread do between two of its steps; done by the main thread itself while there is
/// no such thread. `run` and `open` on the main thread, the others on the node's.
#pragma once

#include "core/util/doorbell.hpp"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <utility>

namespace culvert {

class Errands {
 public:
  /// A node that does not come to it for so long stands in a call into its plugin.
  static constexpr std::chrono::seconds patience{5};

  explicit Errands(Doorbell& doorbell) noexcept : doorbell_{doorbell} {}

  /// Returns when it is done; false when the thread does not come to it: then it never will be. Throws what it throws.
  bool run(std::function<void()> work) {
    std::unique_lock lock{mutex_};
    if (!is_open_) {
      lock.unlock();
      work();
      return true;
    }
    work_ = std::move(work);
    trouble_ = nullptr;
    doorbell_.ring();
    done_.wait_for(lock, patience, [this] { return !work_ || is_at_work_; });
    // What has begun is waited for: it uses what is the caller's.
    done_.wait(lock, [this] { return !is_at_work_; });
    const bool is_done = !std::exchange(work_, nullptr);
    if (trouble_) { std::rethrow_exception(std::exchange(trouble_, nullptr)); }
    return is_done;
  }

  /// From now on the thread does them.
  void open() {
    const std::lock_guard lock{mutex_};
    is_open_ = true;
  }
  /// The thread is about to end.
  void close() noexcept {
    std::unique_lock lock{mutex_};
    while (work_) {
      lock.unlock();
      serve();
      lock.lock();
    }
    is_open_ = false;
  }
  void serve() noexcept {
    std::unique_lock lock{mutex_};
    if (!work_) { return; }
    is_at_work_ = true;
    lock.unlock();
    std::exception_ptr trouble;
    try {
      work_();
    } catch (...) { trouble = std::current_exception(); }
    lock.lock();
    trouble_ = trouble;
    work_ = nullptr;
    is_at_work_ = false;
    done_.notify_all();
  }

 private:
  Doorbell& doorbell_;
  std::mutex mutex_;  ///< guards what follows
  std::condition_variable done_;
  bool is_open_ = false, is_at_work_ = false;
  std::function<void()> work_;
  std::exception_ptr trouble_;
};

}  // namespace culvert
