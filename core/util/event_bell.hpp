// SPDX-License-Identifier: MIT
/// A doorbell for who waits with poll(2). `ring` from any thread, the rest from the one that is woken.
#pragma once

#include "core/util/handle.hpp"

#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace culvert {

class EventBell {
 public:
  /// Throws std::system_error.
  EventBell() : descriptor_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    if (!descriptor_) { throw std::system_error{errno, std::generic_category(), "open what to wait on"}; }
  }

  void ring() noexcept {
    const uint64_t one = 1;
    // It fails only when the counter is at its end: then it rings already.
    [[maybe_unused]] const ssize_t written = write(descriptor_.get(), &one, sizeof one);
  }
  /// Readable while it rings.
  int descriptor() const noexcept { return descriptor_.get(); }
  /// Ends the ringing.
  void answer() noexcept {
    uint64_t rings = 0;
    [[maybe_unused]] const ssize_t taken = read(descriptor_.get(), &rings, sizeof rings);
  }

 private:
  Descriptor descriptor_;
};

}  // namespace culvert
