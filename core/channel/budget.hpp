// SPDX-License-Identifier: MIT
/// The bytes that all queues of a process may hold together. Any thread.
#pragma once

#include <atomic>
#include <cstddef>

namespace culvert {

class Budget {
 public:
  explicit Budget(std::size_t bytes) noexcept : limit_{bytes} {}
  bool has(std::size_t bytes) const noexcept { return used_.load(std::memory_order_relaxed) + bytes <= limit(); }
  /// Never refused: what is taken in has passed `has`, or must not be lost.
  void take(std::size_t bytes) noexcept { used_.fetch_add(bytes, std::memory_order_relaxed); }
  void give_back(std::size_t bytes) noexcept { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  std::size_t limit() const noexcept { return limit_.load(std::memory_order_relaxed); }
  void set_limit(std::size_t bytes) noexcept { limit_.store(bytes, std::memory_order_relaxed); }
  std::size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> limit_;
  std::atomic<std::size_t> used_{0};
};

}  // namespace culvert
