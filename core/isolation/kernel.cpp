// SPDX-License-Identifier: MIT
#include "core/isolation/kernel.hpp"

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <vector>

namespace culvert::isolation {

int landlock_version() noexcept {
  constexpr unsigned version_flag = 1;
  const auto version = syscall(SYS_landlock_create_ruleset, nullptr, 0, version_flag);
  return version < 0 ? 0 : static_cast<int>(version);
}

bool can_filter_system_calls() noexcept {
  const uint32_t action = SECCOMP_RET_ERRNO;
  return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

std::string missing_of_kernel() { return missing_text(landlock_version(), can_filter_system_calls()); }

std::string missing_text(int landlock, bool has_filters) {
  std::vector<std::string> missing;
  if (landlock == 0) { missing.emplace_back("Landlock (they can open every file that their user may)"); }
  if (!has_filters) { missing.emplace_back("filters of system calls (they can make every call that their user may)"); }
  // Without it a filter refuses all sockets that no need names, and without that one Landlock all of TCP.
  if (landlock < 4 && !has_filters) { missing.emplace_back("Landlock for TCP (they can connect to every host)"); }
  if (landlock > 0 && landlock < 3) { missing.emplace_back("Landlock for truncating files"); }
  if (landlock < 6) { missing.emplace_back("Landlock for signals (they can signal the processes of their user)"); }
  std::string text;
  for (const std::string& one : missing) { text += (text.empty() ? "" : ", ") + one; }
  return text.empty() ? text : "this kernel lacks means to confine isolated nodes: " + text;
}

}  // namespace culvert::isolation
