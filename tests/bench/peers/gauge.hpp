// SPDX-License-Identifier: MIT
/// What a receiver has seen so far, in a file that the harness reads while it grows (tests/bench/harness/gauge.py): how
/// many messages, when the first and the last came, and how late they were. Written by one thread.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace bench {

/// Nanoseconds on the monotonic clock, which all processes of a box share.
inline int64_t now_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Sixteen hexadecimal digits at the head of a payload: when it was made.
inline constexpr std::size_t stamp_bytes = 16;

/// `payload` must have room for it.
inline void write_stamp(char* payload, int64_t at_ns) noexcept {
  constexpr char digits[] = "0123456789abcdef";
  auto left = static_cast<uint64_t>(at_ns);
  for (std::size_t i = stamp_bytes; i-- > 0; left >>= 4U) { payload[i] = digits[left & 15U]; }
}

/// 0 where there is none.
inline int64_t read_stamp(std::string_view payload) noexcept {
  if (payload.size() < stamp_bytes) { return 0; }
  uint64_t found = 0;
  for (const char digit : payload.substr(0, stamp_bytes)) {
    const bool is_letter = digit >= 'a' && digit <= 'f';
    if (!is_letter && (digit < '0' || digit > '9')) { return 0; }
    found = found << 4U | static_cast<uint64_t>(is_letter ? digit - 'a' + 10 : digit - '0');
  }
  return static_cast<int64_t>(found);
}

class Gauge {
 public:
  /// 32 buckets for each doubling of a latency in nanoseconds: within 3 %, up to 18 minutes.
  static constexpr std::size_t buckets = 1152;

  /// Makes the file, all zeroes. Throws std::system_error.
  explicit Gauge(const std::string& path) {
    const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || ftruncate(file, sizeof(Fields)) != 0) { fail(path); }
    void* const mapped = mmap(nullptr, sizeof(Fields), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (mapped == MAP_FAILED) { fail(path); }
    fields_ = static_cast<Fields*>(mapped);
  }
  ~Gauge() { munmap(fields_, sizeof(Fields)); }
  Gauge(const Gauge&) = delete;
  Gauge& operator=(const Gauge&) = delete;

  /// One more message, or several that have one payload.
  void take(std::string_view payload, uint64_t messages = 1) noexcept {
    const int64_t at_ns = now_ns();
    if (const int64_t made_ns = read_stamp(payload); made_ns != 0) {
      std::atomic_ref bucket{fields_->late[bucket_of(static_cast<uint64_t>(std::max<int64_t>(0, at_ns - made_ns)))]};
      bucket.store(bucket.load(relaxed) + 1, relaxed);
    }
    set(count() + messages, at_ns);
  }
  /// Somebody else has counted.
  void set(uint64_t count, int64_t at_ns) noexcept {
    if (fields_->first_ns == 0) { std::atomic_ref{fields_->first_ns}.store(static_cast<uint64_t>(at_ns), relaxed); }
    std::atomic_ref{fields_->count}.store(count, relaxed);
    std::atomic_ref{fields_->last_ns}.store(static_cast<uint64_t>(at_ns), std::memory_order_release);
  }
  /// Any thread, and any process that has the file open.
  uint64_t count() const noexcept { return std::atomic_ref{fields_->count}.load(relaxed); }

 private:
  static constexpr auto relaxed = std::memory_order_relaxed;
  struct Fields {
    uint64_t count, first_ns, last_ns;
    uint64_t late[buckets];
  };
  static std::size_t bucket_of(uint64_t value) noexcept {
    const int shift = std::max(0, static_cast<int>(std::bit_width(value)) - 6);
    return std::min(buckets - 1, static_cast<std::size_t>(shift) * 32 + static_cast<std::size_t>(value >> shift));
  }
  [[noreturn]] static void fail(const std::string& path) {
    throw std::system_error{errno, std::generic_category(), "gauge '" + path + '\''};
  }

  Fields* fields_ = nullptr;
};

}  // namespace bench
