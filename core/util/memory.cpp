// SPDX-License-Identifier: MIT
#include "core/util/memory.hpp"

#include "core/util/clock.hpp"

#include <malloc.h>
#include <sys/mman.h>

#include <atomic>
#include <cstdint>
#include <new>

namespace culvert {
namespace {

constexpr int64_t retry_ns = 200 * one_ms_ns;

std::atomic<bool> holds_back{false};
std::atomic<char*> held{nullptr};
std::atomic<int64_t> next_try_ns{0};

void put_aside() noexcept {
  void* place = mmap(nullptr, 2 * held_back_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) { return; }
  char* const bytes = static_cast<char*>(place);
  munmap(bytes + held_back_bytes, held_back_bytes);
  // Somebody else was faster.
  char* nothing = nullptr;
  if (!held.compare_exchange_strong(nothing, bytes)) { munmap(bytes, held_back_bytes); }
}

void on_no_memory() {
  if (!give_out_memory()) { throw std::bad_alloc{}; }
}

}  // namespace

void hold_back_memory() noexcept {
  holds_back = true;
  put_aside();
  std::set_new_handler(on_no_memory);
}

bool give_out_memory() noexcept {
  char* const bytes = held.exchange(nullptr);
  if (bytes == nullptr) { return false; }
  next_try_ns = monotonic_ns() + retry_ns;
  munmap(bytes, held_back_bytes);
  return true;
}

void give_back_free_memory() noexcept { malloc_trim(0); }

bool is_memory_short() noexcept {
  if (!holds_back || held != nullptr) { return false; }
  const int64_t now_ns = monotonic_ns();
  if (now_ns < next_try_ns) { return true; }
  next_try_ns = now_ns + retry_ns;
  put_aside();
  return held == nullptr;
}

}  // namespace culvert
