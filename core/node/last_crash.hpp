// SPDX-License-Identifier: MIT
/// What is known of the signal that ended the run before this one, and how people are told. Plain values, any thread.
#pragma once

#include "core/node/crash_record.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace culvert {

struct LastCrash {
  std::string signal;              ///< "SIGSEGV"
  std::string node, plugin, call;  ///< empty where they are not known: another thread's, or between calls
  std::string thread;              ///< as the kernel named it
  std::optional<int64_t> sent_by;  ///< another process; 0: one that it could not see
  int64_t wall_ns = 0;             ///< when it was, by the clock of then
  std::optional<double> ago_s;     ///< not known when the clock tells nonsense

  /// "SIGSEGV in node 'boiler' (plugin 'sensor', in 'process'), 3 s ago".
  std::string text() const;
};

/// As of now. None when `record` is not whole, or not one of this version; then `ret_why` says so.
std::optional<LastCrash> read_crash(const CrashRecord& record, const std::string& boot_id, std::string& ret_why);

/// What a person can do about it; empty when nothing is known.
std::string crash_hint(const LastCrash& crash);

}  // namespace culvert
