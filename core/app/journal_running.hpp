// SPDX-License-Identifier: MIT
/// The journals of a runtime that is at work, which alone can read them: it is asked over its control socket. What goes
/// wrong is a JournalError. Main thread.
#pragma once

#include "core/app/journal_places.hpp"
#include "core/control/protocol.hpp"
#include "core/journal/part.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace culvert {

class RunningJournals {
 public:
  /// Of one journal, as the runtime has it.
  struct Status {
    uint64_t messages = 0, bytes = 0, dead = 0, max_bytes = 0;
    std::optional<int64_t> oldest_ns, newest_ns;
    std::string error;  ///< why the last two are missing
  };
  struct Dropped {
    uint64_t messages = 0, bytes = 0, dead = 0;
    uint64_t stay = 0;  ///< messages that are on their way
    bool is_erased = false;
  };

  /// Finds the runtime that has these journals open.
  explicit RunningJournals(const JournalPlace& place);

  /// Whether the runtime has a journal of that name, for one of its routes.
  bool has(const std::string& name) const { return !listed(name).is_null(); }
  /// Nothing when it has not.
  std::optional<Status> status(const std::string& name);
  journal::Part<journal::Row> messages(const std::string& name, int64_t after);
  journal::Part<journal::Dead> dead(const std::string& name, int64_t after);
  Dropped drop(const std::string& name, bool all);

 private:
  /// What it said of that journal; null when nothing.
  control::Json listed(const std::string& name) const;
  control::Json ask(const std::string& name, const char* command, control::Json arguments);
  control::Json ask_part(const std::string& name, const char* command, int64_t after);

  std::string runtime_, edition_;
  control::Json list_;
  bool is_slow_ = false;  ///< a disk did not answer
};

}  // namespace culvert
