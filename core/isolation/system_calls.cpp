// SPDX-License-Identifier: MIT
#include "core/isolation/system_calls.hpp"

#include "core/isolation/kernel.hpp"
#include "core/isolation/sanitized.hpp"

#include <linux/sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <initializer_list>
#include <memory>
#include <system_error>

namespace culvert::isolation {
namespace {

// What is for those who run the box, not for what runs on it.
constexpr const char* never[] = {
    // Code in the kernel, and its inside.
    "init_module", "finit_module", "delete_module", "create_module", "kexec_load", "kexec_file_load", "bpf",
    "perf_event_open", "userfaultfd", "lookup_dcookie", "iopl", "ioperm", "modify_ldt", "vm86", "vm86old", "syslog",
    // Other processes, and their files and keys.
    "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd", "add_key", "keyctl",
    "request_key", "open_by_handle_at", "fanotify_init",
    // The tree of files, and namespaces.
    "mount", "umount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount",
    "fspick", "mount_setattr", "swapon", "swapoff", "quotactl", "quotactl_fd", "setns", "unshare", "acct", "uselib",
    // The box.
    "reboot", "sethostname", "setdomainname", "settimeofday", "stime", "clock_settime", "clock_settime64", "vhangup",
    "nfsservctl", "_sysctl",
    // Another user.
    "setuid", "setuid32", "setgid", "setgid32", "setreuid", "setreuid32", "setregid", "setregid32", "setresuid",
    "setresuid32", "setresgid", "setresgid32", "setfsuid", "setfsuid32", "setfsgid", "setfsgid32", "setgroups",
    "setgroups32", "capset",
    // Out of the group of processes that is ended together, and over its limits.
    "setpgid", "setsid", "setrlimit"};
// A second door to what is refused here. Libraries that know them know what to do without.
constexpr const char* absent[] = {"clone3", "io_uring_setup", "io_uring_enter", "io_uring_register"};
// Programs, and what a plugin without processes of its own would use of them.
constexpr const char* of_processes[] = {"execve", "execveat", "fork", "vfork"};
constexpr const char* signals_to[] = {"kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"};
constexpr const char* signals_by_handle[] = {"tkill", "pidfd_send_signal"};
constexpr uint64_t namespaces[] = {CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                   CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};
constexpr uint64_t families = 64;  // more than there are

class Filter {
 public:
  Filter() : context_{seccomp_init(SCMP_ACT_ALLOW)} {
    if (!context_) { fail(-ENOMEM, "make a filter of system calls"); }
    // As a tree: each call of the process passes it.
    (void)seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
    (void)seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  }

  /// `compared`: nothing is every call. A name that this library or processor does not know is none of its calls.
  void refuse(const char* name, int error, std::initializer_list<scmp_arg_cmp> compared = {}) {
    const int call = seccomp_syscall_resolve_name(name);
    if (call == __NR_SCMP_ERROR || call < 0) { return; }
    const int code = seccomp_rule_add_array(context_.get(), SCMP_ACT_ERRNO(static_cast<uint32_t>(error)), call,
                                            static_cast<unsigned>(compared.size()), std::data(compared));
    if (code != 0) { fail(code, "filter a system call"); }
  }
  template <std::size_t N>
  void refuse_all(const char* const (&names)[N], int error) {
    for (const char* name : names) { refuse(name, error); }
  }

  void load() {
    if (const int code = seccomp_load(context_.get()); code != 0) { fail(code, "load the filter of system calls"); }
  }

 private:
  struct Release {
    void operator()(void* context) const noexcept { seccomp_release(context); }
  };

  [[noreturn]] static void fail(int code, const char* what) {
    throw std::system_error{-code, std::generic_category(), what};
  }

  std::unique_ptr<void, Release> context_;
};

scmp_arg_cmp argument(unsigned index, scmp_compare how, uint64_t value, uint64_t more = 0) {
  return {index, how, value, more};
}

/// All families of sockets but these.
void refuse_families(Filter& filter, std::initializer_list<int> allowed) {
  for (int family = 0; family < static_cast<int>(families); ++family) {
    if (std::find(allowed.begin(), allowed.end(), family) != allowed.end()) { continue; }
    filter.refuse("socket", EACCES, {argument(0, SCMP_CMP_EQ, static_cast<uint64_t>(family))});
  }
  filter.refuse("socket", EACCES, {argument(0, SCMP_CMP_GE, families)});
}

void refuse_sockets(Filter& filter, const Confinement& confinement) {
  if (confinement.network && confinement.devices) {
    refuse_families(filter, {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_CAN, AF_BLUETOOTH});
  } else if (confinement.network) {
    refuse_families(filter, {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK});
  } else if (confinement.devices) {
    refuse_families(filter, {AF_CAN, AF_BLUETOOTH});
  } else {
    filter.refuse("socket", EACCES);
  }
}

void refuse_processes(Filter& filter) {
  filter.refuse_all(of_processes, EPERM);
  const auto own = static_cast<uint64_t>(getpid());
  for (const char* name : signals_to) { filter.refuse(name, EPERM, {argument(0, SCMP_CMP_NE, own)}); }
  filter.refuse_all(signals_by_handle, EPERM);
  // The leak check of a sanitizer stops the process from one that shares its memory.
  if (is_sanitized) { return; }
  filter.refuse("clone", EPERM, {argument(0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)});
}

}  // namespace

void confine_system_calls(const Confinement& confinement) {
  if (!can_filter_system_calls()) { return; }
  Filter filter;
  filter.refuse_all(never, EPERM);
  filter.refuse_all(absent, ENOSYS);
  for (const uint64_t one : namespaces) { filter.refuse("clone", EPERM, {argument(0, SCMP_CMP_MASKED_EQ, one, one)}); }
  // To look at a limit is harmless.
  filter.refuse("prlimit64", EPERM, {argument(2, SCMP_CMP_NE, 0)});
  filter.refuse("prctl", EPERM, {argument(0, SCMP_CMP_EQ, PR_SET_PDEATHSIG)});
  // A sanitizer looks into its own process by these.
  if (!is_sanitized) {
    filter.refuse("ptrace", EPERM);
    filter.refuse("prctl", EPERM, {argument(0, SCMP_CMP_EQ, PR_SET_DUMPABLE)});
  }
  if (confinement.is_known) {
    refuse_sockets(filter, confinement);
    if (!confinement.processes) { refuse_processes(filter); }
  }
  filter.load();
}

}  // namespace culvert::isolation
