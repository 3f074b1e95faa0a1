// SPDX-License-Identifier: MIT
/// What other threads have to say to a node's thread. `post` from any thread, `take` from the node's.
#pragma once

#include "core/util/doorbell.hpp"

#include <culvert/plugin.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace culvert {

struct Completion {
  uint64_t token;
  culvert_status status;
  std::string reason = {};  ///< of a rejected one; may be empty
};

class Mailbox {
 public:
  /// `doorbell` is rung for each that is posted.
  explicit Mailbox(Doorbell& doorbell) noexcept : doorbell_{doorbell} {}
  Doorbell& doorbell() noexcept { return doorbell_; }

  void post(Completion completion) {
    {
      const std::lock_guard lock{mutex_};
      completion.reason = forget_reason(completion.token);
      completions_.push_back(std::move(completion));
    }
    doorbell_.ring();
  }
  /// Why a message is about to be rejected; kept until its next answer. Of more than `max_reasons` the reason is lost.
  static constexpr std::size_t max_reasons = 4096;
  void explain(uint64_t token, std::string reason) {
    const std::lock_guard lock{mutex_};
    if (reasons_.size() < max_reasons) { reasons_[token] = std::move(reason); }
  }
  /// That reason, once; empty without any.
  std::string take_reason(uint64_t token) {
    const std::lock_guard lock{mutex_};
    return forget_reason(token);
  }
  /// Those of an instance that has ended.
  void forget_reasons() noexcept {
    const std::lock_guard lock{mutex_};
    reasons_.clear();
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
  std::string forget_reason(uint64_t token) {
    const auto found = reasons_.find(token);
    if (found == reasons_.end()) { return {}; }
    std::string reason = std::move(found->second);
    reasons_.erase(found);
    return reason;
  }

  Doorbell& doorbell_;
  std::mutex mutex_;
  std::vector<Completion> completions_;
  std::map<uint64_t, std::string> reasons_;  ///< by token
  std::atomic<uint64_t> ready_{0};
};

}  // namespace culvert
