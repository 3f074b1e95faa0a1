// SPDX-License-Identifier: MIT
/// What a configuration does not say and the system does: names and folders. Main thread only, as getenv is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Where a configuration is when the command line names none. Macros, so that texts for people can be made of them.
#define CULVERT_USUAL_FOLDER "/etc/culvert"
#define CULVERT_USUAL_FILE CULVERT_USUAL_FOLDER "/culvert.toml"

namespace culvert::config {

/// The host's name up to its first dot, made to fit the rule for names.
std::string default_name();
/// `text` made to fit the rule for names; "culvert" when nothing is left.
std::string fitting_name(std::string_view text);

/// The files of that configuration: `culvert.toml` of the folder, and `culvert.d/*.toml` by name. The first is left out
/// when only others are there.
std::vector<std::string> default_files(const std::string& folder = CULVERT_USUAL_FOLDER);

/// $STATE_DIRECTORY, else /var/lib/culvert as root, else $XDG_STATE_HOME/culvert or ~/.local/state/culvert.
std::string default_state_dir();
/// The variable of the environment that it goes by; empty when none.
std::string_view state_dir_variable();

/// Where this user's runtimes have their control sockets, the place of a new one first: $RUNTIME_DIRECTORY,
/// /run/culvert as root, $XDG_RUNTIME_DIR/culvert, and $XDG_STATE_HOME/culvert/run or ~/.local/state/culvert/run for
/// those who have none of these. Last /run/culvert also for others: a unit may run as a user of its own.
std::vector<std::string> runtime_folders();

/// A socket's path may be no longer: unix(7).
inline constexpr std::size_t max_socket_path_bytes = 107;
inline constexpr std::string_view socket_suffix = ".sock";
/// The control socket of the runtime of that name in that folder.
std::string control_socket(const std::string& folder, const std::string& name);

/// `path` from the folder of `file`, without `.` and `..`.
std::string absolute_from(const std::string& path, const std::string& file);

}  // namespace culvert::config
