// SPDX-License-Identifier: MIT
/// How `culvert` ends; sysexits.h has most of these numbers.
#pragma once

#include <array>
#include <string_view>

namespace culvert {

inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 64;
inline constexpr int exit_unavailable = 69;
inline constexpr int exit_our_bug = 70;
inline constexpr int exit_state_in_use = 73;
inline constexpr int exit_rolled_back = 75;
inline constexpr int exit_configuration = 78;

struct ExitText {
  int code;
  std::string_view text;  ///< one line, for people
};

/// What each of them means, the lowest first.
inline constexpr std::array exit_texts{
    ExitText{exit_done, "done"},
    ExitText{exit_failed, "a check, a test or a node failed, or what there was to say could not all be written"},
    ExitText{exit_usage, "the command line is wrong"},
    ExitText{exit_unavailable, "nothing there to talk to, or not everything was delivered in time"},
    ExitText{exit_our_bug, "an internal error"},
    ExitText{exit_state_in_use, "another runtime holds the state folder, or a journal, and cannot be asked"},
    ExitText{exit_rolled_back, "a node failed with the new configuration, and the one of before runs again"},
    ExitText{exit_configuration,
             "the configuration has errors, or the state folder is of a newer version or another user's"},
};

}  // namespace culvert
