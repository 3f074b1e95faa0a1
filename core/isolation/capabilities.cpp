// SPDX-License-Identifier: MIT
#include "core/isolation/capabilities.hpp"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace culvert::isolation {
namespace {

constexpr uint64_t bit(int capability) noexcept { return uint64_t{1} << capability; }

constexpr uint64_t for_files = bit(CAP_CHOWN) | bit(CAP_DAC_OVERRIDE) | bit(CAP_DAC_READ_SEARCH) | bit(CAP_FOWNER);
constexpr uint64_t for_network = bit(CAP_NET_BIND_SERVICE) | bit(CAP_NET_RAW);
constexpr uint64_t for_devices = bit(CAP_SYS_RAWIO) | bit(CAP_SYS_TTY_CONFIG);
// Of one that does not say what it needs.
constexpr uint64_t for_anything = bit(CAP_NET_ADMIN) | bit(CAP_NET_BROADCAST) | bit(CAP_IPC_LOCK) | bit(CAP_SYS_NICE);

uint64_t kept_by(const Confinement& confinement) noexcept {
  if (!confinement.is_known) { return for_files | for_network | for_devices | for_anything; }
  return for_files | (confinement.network ? for_network : 0) | (confinement.devices ? for_devices : 0);
}

}  // namespace

void drop_capabilities(const Confinement& confinement) {
  const uint64_t kept = kept_by(confinement);
  // What a program that it starts could get again. Ends behind the last one that this kernel has.
  for (int one = 0; prctl(PR_CAPBSET_READ, one) >= 0; ++one) {
    if ((kept & bit(one)) == 0) { (void)prctl(PR_CAPBSET_DROP, one); }
  }
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3]{};
  if (syscall(SYS_capget, &header, sets) == 0) {
    bool gives_up = false;
    for (unsigned half = 0; half < _LINUX_CAPABILITY_U32S_3; ++half) {
      const auto mask = static_cast<uint32_t>(kept >> (32 * half));
      for (uint32_t* set : {&sets[half].effective, &sets[half].permitted, &sets[half].inheritable}) {
        gives_up = gives_up || (*set & ~mask) != 0;
        *set &= mask;
      }
    }
    // Where there is nothing to give up the call may be one that a service manager refuses.
    if (!gives_up || syscall(SYS_capset, &header, sets) == 0) { return; }
  }
  throw std::system_error{errno, std::generic_category(), "give up the rights of root"};
}

}  // namespace culvert::isolation
