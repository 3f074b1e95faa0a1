// SPDX-License-Identifier: MIT
#include "core/isolation/confinement.hpp"

#include "core/isolation/capabilities.hpp"
#include "core/isolation/landlock.hpp"
#include "core/isolation/sanitized.hpp"
#include "core/isolation/system_calls.hpp"
#include "core/util/handle.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace culvert::isolation {
namespace {

constexpr std::size_t stack_bytes = 256 << 10;
// Stacks, and what the allocator sets aside: 2 MiB for a child that does nothing. The rest is room for a plugin's
// threads.
constexpr uint64_t data_overhead = 32 << 20;

void check(bool is_done, const char* what) {
  if (!is_done) { throw std::system_error{errno, std::generic_category(), what}; }
}

/// Both limits: what the process could raise again would be none.
void set_limit(__rlimit_resource resource, uint64_t value, const char* what) {
  rlimit both{};
  check(getrlimit(resource, &both) == 0, what);
  both.rlim_max = both.rlim_max == RLIM_INFINITY ? value : std::min<rlim_t>(both.rlim_max, value);
  both.rlim_cur = both.rlim_max;
  check(setrlimit(resource, &both) == 0, what);
}

void silence_standard_output() {
  const Descriptor nothing{open("/dev/null", O_WRONLY | O_CLOEXEC)};
  check(nothing && dup2(nothing.get(), STDOUT_FILENO) == STDOUT_FILENO, "open '/dev/null'");
}

}  // namespace

uint64_t data_limit(uint64_t memory) { return 2 * memory + data_overhead; }

void limit(const Confinement& confinement) {
  if (confinement.files) { set_limit(RLIMIT_NOFILE, *confinement.files, "limit the number of open files"); }
  // Of a sanitized build it would be the shadow of all memory.
  if (confinement.memory && !is_sanitized) {
    set_limit(RLIMIT_DATA, data_limit(*confinement.memory), "limit the memory");
  }
  if (confinement.is_known && !confinement.standard_output) { silence_standard_output(); }
  if (confinement.user) { become(*confinement.user); }
  drop_capabilities(confinement);
}

void confine(const Confinement& confinement) {
  check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "give up new rights");
  confine_to_paths(confinement);
  confine_system_calls(confinement);
}

void use_small_stacks() {
  if (is_sanitized) { return; }
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) { return; }
  pthread_attr_setstacksize(&attributes, stack_bytes);
  pthread_setattr_default_np(&attributes);
  pthread_attr_destroy(&attributes);
}

}  // namespace culvert::isolation
