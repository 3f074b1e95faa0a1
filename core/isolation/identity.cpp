// SPDX-License-Identifier: MIT
#include "core/isolation/identity.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace culvert::isolation {
namespace {

// A line of the user database that is longer is none.
constexpr std::size_t max_line_bytes = 1 << 20;
constexpr int most_groups = 65536;  // NGROUPS_MAX of Linux

void check(bool is_done, const char* what) {
  if (!is_done) { throw std::system_error{errno, std::generic_category(), what}; }
}

std::vector<gid_t> groups_of(const std::string& name, gid_t first) {
  std::vector<gid_t> groups(32);
  for (;;) {
    int count = static_cast<int>(groups.size());
    if (getgrouplist(name.c_str(), first, groups.data(), &count) >= 0) {
      groups.resize(static_cast<std::size_t>(count));
      return groups;
    }
    if (groups.size() >= most_groups) { throw std::system_error{EINVAL, std::generic_category(), "groups of a user"}; }
    groups.resize(groups.size() * 2);
  }
}

}  // namespace

std::optional<Identity> find_user(const std::string& name) {
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> line(1024);
  int error = 0;
  while ((error = getpwnam_r(name.c_str(), &entry, line.data(), line.size(), &found)) == ERANGE &&
         line.size() < max_line_bytes) {
    line.resize(line.size() * 2);
  }
  if (found != nullptr) { return Identity{entry.pw_uid, entry.pw_gid, groups_of(name, entry.pw_gid), name}; }
  // Which of these says that there is none depends on where users are looked up.
  if (error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM) { return {}; }
  throw std::system_error{error, std::generic_category(), "look up user '" + name + "'"};
}

void become(const Identity& identity) {
  check(setgroups(identity.groups.size(), identity.groups.data()) == 0, "leave the groups of root");
  check(setresgid(identity.group, identity.group, identity.group) == 0, "leave the group of root");
  check(setresuid(identity.user, identity.user, identity.user) == 0, "leave the rights of root");
}

}  // namespace culvert::isolation
