// SPDX-License-Identifier: MIT
/// What other threads have to say to a node's thread. `post` from any thread, `take` from the node's.
#pragma once

#include "core/util/doorbell.hpp"

#include <culvert/plugin.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

namespace culvert {

struct Completion {
  uint64_t token;
  culvert_status status;
};

class Mailbox {
 public:
  Doorbell& doorbell() noexcept { return doorbell_; }

  void post(Completion completion) {
    {
      const std::lock_guard lock{mutex_};
      completions_.push_back(completion);
    }
    doorbell_.ring();
  }
  /// Swaps the completions into `ret_completions`, which must be empty.
  void take(std::vector<Completion>& ret_completions) {
    const std::lock_guard lock{mutex_};
    completions_.swap(ret_completions);
  }

  /// The plugin's `ready`. Counted, so that one that comes during a call is not missed.
  void post_ready() noexcept {
    ready_.fetch_add(1, std::memory_order_release);
    doorbell_.ring();
  }
  uint64_t ready_count() const noexcept { return ready_.load(std::memory_order_acquire); }

 private:
  Doorbell doorbell_;
  std::mutex mutex_;
  std::vector<Completion> completions_;
  std::atomic<uint64_t> ready_{0};
};

}  // namespace culvert
