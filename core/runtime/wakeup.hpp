// SPDX-License-Identifier: MIT
/// What the main thread waits for: signals, and nodes that changed. `ring` from any thread, the rest from the main one.
#pragma once

#include "core/util/handle.hpp"

#include <cstdint>

namespace culvert {

class Wakeup {
 public:
  /// From now on SIGTERM, SIGINT and SIGHUP are read here; make it before any thread. Throws std::system_error.
  Wakeup();

  void ring() noexcept;
  /// From now on such a signal ends the process at once, also while the main thread waits for something else.
  void let_signals_kill();
  /// Waits at most `timeout_ns` (negative: without end). Answers the signal that came, or 0.
  int wait(int64_t timeout_ns);

 private:
  Descriptor signals_;
  Descriptor rings_;
};

}  // namespace culvert
