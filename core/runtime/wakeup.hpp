// SPDX-License-Identifier: MIT
/// What the main thread waits for: signals, and nodes that changed. `ring` from any thread, the rest from the main one.
#pragma once

#include "core/util/event_bell.hpp"
#include "core/util/handle.hpp"

#include <cstdint>

namespace culvert {

class Wakeup {
 public:
  /// From now on SIGTERM, SIGINT and SIGHUP are read here; make it before any thread. A SIGHUP that the caller ignores,
  /// as under nohup, stays ignored. Throws std::system_error.
  Wakeup();

  void ring() noexcept { rings_.ring(); }
  /// Waits at most `timeout_ns` (negative: without end). Answers the signal that came, or 0.
  int wait(int64_t timeout_ns);
  /// Whether the terminal that this process was started on is gone: then a SIGHUP is that, and no wish of anybody's.
  bool has_lost_terminal() const noexcept;
  /// From half a second later on SIGTERM and SIGINT end the process by themselves, with 128 and their number, whatever
  /// its threads wait for. Not SIGHUP: a terminal that closes may send several.
  void end_at_next_signal() noexcept;

 private:
  const bool had_terminal_;
  Descriptor signals_;
  EventBell rings_;
};

}  // namespace culvert
