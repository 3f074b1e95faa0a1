// SPDX-License-Identifier: MIT
/// Owners for what C interfaces hand out. Used by one thread at a time.
#pragma once

#include <unistd.h>

#include <memory>
#include <utility>

namespace culvert {

/// The deleter of a std::unique_ptr that frees through a C function.
template <auto Free>
struct FreeWith {
  void operator()(auto* pointer) const noexcept { Free(pointer); }
};

/// An open file descriptor, or none (-1).
class Descriptor {
 public:
  Descriptor() noexcept = default;
  explicit Descriptor(int number) noexcept : number_{number} {}
  Descriptor(Descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) { ::close(number_); }
  }
  int get() const noexcept { return number_; }
  explicit operator bool() const noexcept { return number_ >= 0; }
  /// It stays open, and is the caller's.
  int release() noexcept { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
};

}  // namespace culvert
