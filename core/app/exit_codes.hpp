// SPDX-License-Identifier: MIT
/// How `culvert` ends; sysexits.h has most of these numbers.
#pragma once

namespace culvert {

inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;          ///< a check, a test or a node failed
inline constexpr int exit_usage = 64;          ///< the command line is wrong
inline constexpr int exit_unavailable = 69;    ///< nothing there to talk to, or not settled in time
inline constexpr int exit_our_bug = 70;        ///< an internal error
inline constexpr int exit_state_in_use = 73;   ///< another runtime holds the state folder
inline constexpr int exit_rolled_back = 75;    ///< a node failed with the new configuration: the one of before runs
inline constexpr int exit_configuration = 78;  ///< the configuration has errors

}  // namespace culvert
