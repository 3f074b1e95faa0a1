// SPDX-License-Identifier: MIT
/// One child process of ours: its start, its end, and nothing of it left behind. Used by one thread at a time; the
/// child dies with the thread that started it.
#pragma once

#include "core/util/handle.hpp"

#include <sys/types.h>

#include <string>

namespace culvert::isolation {

/// What a child is given, by its number there: its end of the control channel.
constexpr int control_descriptor = 3;

class Process {
 public:
  /// Runs `program` with standard output and error of this process, nothing to read, `control` as descriptor 3 and no
  /// other descriptor, no signal blocked or ignored, and of the environment what says how text, time and libraries are
  /// found, and what tests and sanitizers read; as the first of a process group. Throws std::system_error.
  Process(const std::string& program, const Descriptor& control);
  /// Kills it if it runs.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const noexcept { return pid_; }
  /// Becomes readable when the process has ended.
  int descriptor() const noexcept { return ended_.get(); }
  /// Takes note of its end, and kills what it has left in its group. False while it runs.
  bool has_ended() noexcept;
  void kill() noexcept;
  /// How it ended, once it has: "ended by SIGSEGV", "ended with 3".
  std::string end() const;

 private:
  void take_end() noexcept;

  pid_t pid_ = -1;
  Descriptor ended_;
  bool has_ended_ = false;
  int status_ = 0;
};

}  // namespace culvert::isolation
