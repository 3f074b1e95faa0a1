// SPDX-License-Identifier: MIT
/// Work that another thread leaves for the one that may do it, and waits for, but not for ever. One at a time: as long
/// as one is there, be it that a disk hangs in it, the next is turned away at once. `ask` on any thread but the one
/// that does the work, which calls the others.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace culvert::journal {

/// Nobody did it; `what()` is why, in words for people.
class Unanswered : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Errand {
 public:
  static constexpr std::chrono::seconds patience{4};

  /// Leaves `work`, calls `ring`, and answers what `work` answers, or throws what it throws. Throws Unanswered past
  /// `patience`: then `work` may be done later all the same, so it must own all that it uses.
  template <class Work, class Ring>
  auto ask(Work work, Ring&& ring) {
    auto task = std::make_shared<std::packaged_task<std::invoke_result_t<Work>()>>(std::move(work));
    auto answer = task->get_future();
    const uint64_t ticket = leave([task = std::move(task)] { (*task)(); });
    ring();
    if (answer.wait_for(patience) != std::future_status::ready) { throw late(); }
    // The answer is there before the one who gave it has said so.
    forget(ticket);
    try {
      return answer.get();
    } catch (const std::future_error&) { throw ending(); }
  }

  bool is_left() const {
    const std::lock_guard lock{mutex_};
    return work_ != nullptr;
  }
  void serve() {
    std::function<void()> work;
    uint64_t ticket = 0;
    {
      const std::lock_guard lock{mutex_};
      work = std::exchange(work_, nullptr);
      ticket = present_;
    }
    if (!work) { return; }
    work();
    forget(ticket);
  }
  /// Nothing is done any more; who waits is told.
  void close() {
    std::function<void()> left;
    const std::lock_guard lock{mutex_};
    is_closed_ = true;
    left.swap(work_);
  }

  static Unanswered late() { return Unanswered{"its disk does not answer, be it slow or broken"}; }
  static Unanswered ending() { return Unanswered{"the runtime is ending"}; }

 private:
  uint64_t leave(std::function<void()> work) {
    const std::lock_guard lock{mutex_};
    if (is_closed_) { throw ending(); }
    if (present_ != 0) { throw late(); }
    work_ = std::move(work);
    return present_ = ++last_;
  }
  void forget(uint64_t ticket) {
    const std::lock_guard lock{mutex_};
    if (present_ == ticket) { present_ = 0; }
  }

  mutable std::mutex mutex_;
  std::function<void()> work_;
  uint64_t last_ = 0, present_ = 0;  ///< tickets; no errand is there: 0
  bool is_closed_ = false;
};

}  // namespace culvert::journal
