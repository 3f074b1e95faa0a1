// SPDX-License-Identifier: MIT
/// Looks at what a process uses, and says when that is more than it may. Used by one thread at a time.
#pragma once

#include "core/util/handle.hpp"

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace culvert::isolation {

/// What a process may use; nothing: as much as there is.
struct Allowance {
  std::optional<uint64_t> memory;  ///< bytes, resident
  std::optional<int64_t> cpu_ns;   ///< of processor time, in each minute
};

class Usage {
 public:
  /// So often it has to be looked at: a process that fills its memory as fast as it can is stopped by its data limit.
  static constexpr int64_t look_ns = 100'000'000;
  static constexpr int64_t minute_ns = 60'000'000'000;

  /// Make it before the process hides its memory, or becomes another user: where /proc shows nobody else's processes,
  /// as in a service with ProtectProc=invisible, it can't be found from then on. Throws std::system_error when `memory`
  /// is limited and can't be looked at.
  Usage(pid_t process, const Allowance& allowance, int64_t now_ns);

  bool is_limited() const noexcept { return allowance_.memory || allowance_.cpu_ns; }
  /// Why the process has to end ("used 70.1 MiB of memory, its limit is 64 MiB"), or nothing. Looks only when that is
  /// due, unless `at_once`.
  std::string look(int64_t now_ns, bool at_once = false);

 private:
  std::string look_at_memory() const;
  std::string look_at_cpu(int64_t now_ns);

  const pid_t process_;
  const Allowance allowance_;
  const Descriptor memory_;  ///< tells it; only when it is limited
  int64_t next_look_ns_ = 0;
  int64_t minute_began_ns_;
  int64_t cpu_then_ns_ = 0;
};

/// What tells the resident memory of a process for as long as it lives (/proc/PID/statm). Throws std::system_error.
Descriptor memory_of(pid_t process);
/// Resident memory of that process in bytes, as the kernel counts it for `ps` (the second number there): what it shares
/// with others, such as the code of libraries, included. Nothing when it has ended.
std::optional<uint64_t> resident_bytes(const Descriptor& memory);
/// Processor time that it has used, in all threads, itself and in the kernel. Nothing when it has ended.
std::optional<int64_t> cpu_time_ns(pid_t process);

/// "70.1 MiB", "64 MiB".
std::string mebibytes(uint64_t bytes);
/// "2.3 s", "4 s".
std::string seconds(int64_t ns);

}  // namespace culvert::isolation
