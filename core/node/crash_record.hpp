// SPDX-License-Identifier: MIT
/// What a process that a signal ends leaves behind, in a file of this form: written by a signal handler, read by the
/// next start. It outlives the process, not a cut of power.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace culvert {

struct CrashRecord {
  static constexpr uint64_t magic_number = 0x6873617263767563;  ///< "cuvcrash", the lowest byte first
  static constexpr uint32_t this_version = 1;
  static constexpr uint64_t nothing = 0, begun = 1;  ///< of `state`; all else is the `run` of who has written it

  uint64_t magic = magic_number;
  uint32_t version = this_version;
  uint32_t size = sizeof(CrashRecord);
  uint64_t state = nothing;
  uint64_t run = 0;  ///< of this process and none after it, above `begun`
  int64_t wall_ns = 0;
  int64_t boot_time_ns = 0;  ///< since the start of the box
  uint64_t address = 0;      ///< that could not be used
  int32_t signal = 0;
  int32_t code = 0;    ///< `si_code`
  int32_t pid = 0;     ///< the process
  int32_t sender = 0;  ///< the process that sent the signal, 0 one that this one can't see; of use where `code` says so
  char boot_id[40] = {};
  char thread[16] = {};  ///< as the kernel names it
  // Each ends with a zero byte, and is empty for a thread that no node has of its own.
  char node[72] = {};
  char plugin[72] = {};
  char call[24] = {};  ///< into the plugin; empty between calls

  /// The order of what is written around it is the order in which another process finds it.
  std::atomic_ref<uint64_t> state_now() noexcept { return std::atomic_ref<uint64_t>{state}; }
};
static_assert(std::is_trivially_copyable_v<CrashRecord> && sizeof(CrashRecord) == 296 &&
                  std::atomic_ref<uint64_t>::is_always_lock_free,
              "a file and a signal handler rely on it");

}  // namespace culvert
