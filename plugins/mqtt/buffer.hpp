// SPDX-License-Identifier: MIT
/// Bytes on their way: appended at the back, consumed at the front. For one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace culvert::mqtt {

class Buffer {
 public:
  std::string_view view() const noexcept { return std::string_view{bytes_}.substr(head_); }
  std::size_t size() const noexcept { return bytes_.size() - head_; }
  bool empty() const noexcept { return size() == 0; }
  /// How many bytes were ever appended, and consumed.
  uint64_t appended() const noexcept { return consumed_ + size(); }
  uint64_t consumed() const noexcept { return consumed_; }
  void append(std::string_view bytes) { bytes_.append(bytes); }
  void clear() noexcept { consume(size()); }

  /// Forgets the first `count` bytes. What is left moves only when more was consumed than is kept.
  void consume(std::size_t count) noexcept {
    head_ += count;
    consumed_ += count;
    if (head_ == bytes_.size()) {
      bytes_.clear();
      head_ = 0;
    } else if (head_ > size() && head_ > 4096) {
      bytes_.erase(0, head_);
      head_ = 0;
    }
  }

 private:
  std::string bytes_;
  std::size_t head_ = 0;
  uint64_t consumed_ = 0;
};

}  // namespace culvert::mqtt
