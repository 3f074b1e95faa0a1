// SPDX-License-Identifier: MIT
/// An owned file descriptor. For any thread, one at a time.
#pragma once

#include <unistd.h>

#include <utility>

namespace culvert::mqtt {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) noexcept : number_{number} {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      close();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  int get() const noexcept { return number_; }
  explicit operator bool() const noexcept { return number_ >= 0; }
  void close() noexcept {
    if (number_ >= 0) { ::close(std::exchange(number_, -1)); }
  }

 private:
  int number_ = -1;
};

}  // namespace culvert::mqtt
