// SPDX-License-Identifier: MIT
/// Whose rights a process has: a user of the box, looked up by name. Any thread.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace culvert::isolation {

struct Identity {
  uid_t user = 0;
  gid_t group = 0;            ///< the user's first
  std::vector<gid_t> groups;  ///< all of them
  std::string name;           ///< for people
  bool operator==(const Identity&) const = default;
};

/// Nothing when there is no such user. Throws std::system_error when that can't be told.
std::optional<Identity> find_user(const std::string& name);

/// Takes on its rights, for good and in all of the process; root only. Throws std::system_error.
void become(const Identity& identity);

}  // namespace culvert::isolation
