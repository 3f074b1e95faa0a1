// SPDX-License-Identifier: MIT
/// What a configuration does not say and the system does: names and folders. Main thread only, as getenv is.
#pragma once

#include <string>
#include <string_view>

namespace culvert::config {

/// The host's name up to its first dot, made to fit the rule for names.
std::string default_name();
/// `text` made to fit the rule for names; "culvert" when nothing is left.
std::string fitting_name(std::string_view text);

/// $STATE_DIRECTORY, else /var/lib/culvert as root, else $XDG_STATE_HOME/culvert or ~/.local/state/culvert.
std::string default_state_dir();

/// `path` from the folder of `file`, without `.` and `..`.
std::string absolute_from(const std::string& path, const std::string& file);

}  // namespace culvert::config
