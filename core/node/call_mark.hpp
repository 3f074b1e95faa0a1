// SPDX-License-Identifier: MIT
/// Which call into its plugin a node is in: marked by the thread that calls, before and after each call.
///
/// `begin` and `end` belong to one thread at a time, and cost three plain stores: `process` is called a million times a
/// second. What only reads may be called from any thread, and from a signal handler.
#pragma once

#include <atomic>
#include <cstdint>

namespace culvert {

class CallMark {
 public:
  /// A call at one moment. Calls are counted, so that two looks can tell one long call from many short ones of a name.
  struct Look {
    const char* call = nullptr;  ///< its name; null between calls, and while they change faster than one can look
    uint64_t number = 0;         ///< of that call
  };

  /// `call`: a literal, such as "process".
  void begin(const char* call) noexcept {
    call_.store(call, std::memory_order_release);
    number_.store(number_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }
  void end() noexcept { number_.store(number_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }

  Look look() const noexcept {
    const uint32_t number = number_.load(std::memory_order_acquire);
    const char* call = call_.load(std::memory_order_acquire);
    // The next call's name is stored after the end of this one: who reads that name reads another number here.
    const bool is_whole = number_.load(std::memory_order_acquire) == number;
    return number % 2 == 1 && is_whole ? Look{call, number} : Look{};
  }
  /// The name alone: what a handler of a signal wants to know of its own thread.
  const char* current() const noexcept { return look().call; }

 private:
  std::atomic<const char*> call_{nullptr};
  std::atomic<uint32_t> number_{0};  ///< odd inside of a call
  static_assert(std::atomic<const char*>::is_always_lock_free && std::atomic<uint32_t>::is_always_lock_free,
                "a signal handler may read them");
};

/// Marks a call for as long as this lives.
class MarkedCall {
 public:
  MarkedCall(CallMark& mark, const char* call) noexcept : mark_{mark} { mark_.begin(call); }
  ~MarkedCall() { mark_.end(); }
  MarkedCall(const MarkedCall&) = delete;
  MarkedCall& operator=(const MarkedCall&) = delete;

 private:
  CallMark& mark_;
};

}  // namespace culvert
