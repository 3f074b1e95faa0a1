// SPDX-License-Identifier: MIT
/// Messages whose time is not known yet, because the clock of the box is not set. On their way they hold how long after
/// the start of the box they were measured, and so do the JSON texts that were made of them; whoever reads one gets a
/// time by the wall clock of that moment. Any thread.
#pragma once

#include "core/message/frame.hpp"

#include <culvert/plugin.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace culvert {

/// Whether the message, or the entry, is such a one.
inline bool counts_from_boot(const culvert_message& message) noexcept { return (message.flags & from_boot_flag) != 0; }
bool counts_from_boot(std::string_view entry) noexcept;

/// Makes it one. `json_too`: encode_json made its payload with that time, or it is an array of such.
void count_from_boot(culvert_message& message, int64_t boot_ns, bool json_too) noexcept;

/// Gives such an entry the time `wall_ns` for its own, and moves all in its payload along. It stays marked with
/// CULVERT_TIME_UNSYNCED, and as long as it was.
void set_entry_wall_time(std::string& entry, int64_t wall_ns);
/// The time in an entry, whatever it counts from.
int64_t entry_time_ns(std::string_view entry) noexcept;

/// Messages as a plugin is to see them.
class WallTimes {
 public:
  /// `zero_ns`: what the wall clock says of the start of the box. `is_set`: it can be relied on, and nothing of the
  /// mark is left. Valid until the next call, and no longer than `message`, which is any.
  const culvert_message& of(const culvert_message& message, int64_t zero_ns, bool is_set);

 private:
  culvert_message message_{};
  std::string payload_;
};

}  // namespace culvert
