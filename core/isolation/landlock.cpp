// SPDX-License-Identifier: MIT
#include "core/isolation/landlock.hpp"

#include "core/isolation/kernel.hpp"
#include "core/isolation/resolver_file.hpp"
#include "core/util/handle.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace culvert::isolation {
namespace {

namespace fs = std::filesystem;

// From linux/landlock.h of 6.12; that of the distribution may be older than the kernel.
constexpr uint64_t execute = 1 << 0, write_file = 1 << 1, read_file = 1 << 2, read_dir = 1 << 3, remove_dir = 1 << 4,
                   remove_file = 1 << 5, make_dir = 1 << 7, make_reg = 1 << 8, make_sock = 1 << 9, make_fifo = 1 << 10,
                   make_sym = 1 << 12, refer = 1 << 13, truncate_file = 1 << 14, ioctl_dev = 1 << 15;
constexpr uint64_t bind_tcp = 1 << 0, connect_tcp = 1 << 1;
constexpr uint64_t scope_abstract_unix_socket = 1 << 0, scope_signal = 1 << 1;
constexpr int path_beneath = 1;
struct RulesetAttributes {
  uint64_t handled_access_fs, handled_access_net, scoped;
};
struct [[gnu::packed]] PathAttributes {
  uint64_t allowed_access;
  int32_t parent;
};

constexpr uint64_t for_files = execute | write_file | read_file | truncate_file | ioctl_dev;
constexpr uint64_t reading = read_file | read_dir;
constexpr uint64_t writing = write_file | truncate_file | make_reg | make_dir | make_fifo | make_sock | make_sym |
                             remove_file | remove_dir | refer;
constexpr uint64_t using_device = read_file | write_file | ioctl_dev;

// What any process needs: libraries, time zones, texts; and what libraries look at.
constexpr const char* readable[] = {"/usr",
                                    "/lib",
                                    "/lib32",
                                    "/lib64",
                                    "/etc/ld.so.cache",
                                    "/etc/localtime",
                                    "/etc/timezone",
                                    "/proc/self",
                                    "/proc/meminfo",
                                    "/proc/sys/vm/overcommit_memory",
                                    "/sys/devices/system/cpu",
                                    "/dev/random",
                                    "/dev/urandom"};
constexpr const char* writable[] = {"/dev/null", "/dev/zero", "/dev/full"};
// How names of hosts are looked up, and who may vouch for them.
constexpr const char* for_network[] = {
    "/etc/resolv.conf", "/etc/hosts",           "/etc/host.conf",       "/etc/nsswitch.conf",
    "/etc/gai.conf",    "/etc/services",        "/etc/protocols",       "/etc/ssl",
    "/etc/pki",         "/etc/ca-certificates", "/etc/crypto-policies", "/proc/sys/net"};
constexpr const char* programs[] = {"/bin", "/sbin", "/usr", "/lib", "/lib32", "/lib64"};

uint64_t known_access(int version) {
  uint64_t all = (1 << 13) - 1;
  if (version >= 2) { all |= refer; }
  if (version >= 3) { all |= truncate_file; }
  if (version >= 5) { all |= ioctl_dev; }
  return all;
}

[[noreturn]] void fail(const char* what) { throw std::system_error{errno, std::generic_category(), what}; }

class Ruleset {
 public:
  explicit Ruleset(const RulesetAttributes& attributes) : handled_{attributes.handled_access_fs} {
    ruleset_ = Descriptor{static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0))};
    if (!ruleset_) { fail("make a Landlock ruleset"); }
  }

  /// What is not there needs no permission.
  void allow(const std::string& path, uint64_t access) {
    Descriptor at{open(path.c_str(), O_PATH | O_CLOEXEC)};
    struct stat status {};
    if (!at || fstat(at.get(), &status) != 0) { return; }
    if (!S_ISDIR(status.st_mode)) { access &= for_files; }
    const PathAttributes rule{access & handled_, at.get()};
    if (rule.allowed_access == 0) { return; }
    if (syscall(SYS_landlock_add_rule, ruleset_.get(), path_beneath, &rule, 0) != 0) { fail("add a Landlock rule"); }
    // What is below /proc is another thing when the kernel has forgotten it in between: it is held for as long as the
    // process lives.
    struct statfs system {};
    if (fstatfs(at.get(), &system) == 0 && system.f_type == PROC_SUPER_MAGIC) { (void)at.release(); }
  }

  void enforce() {
    if (syscall(SYS_landlock_restrict_self, ruleset_.get(), 0) != 0) { fail("restrict the process with Landlock"); }
  }

 private:
  Descriptor ruleset_;
  uint64_t handled_;
};

bool is_there(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0;
}

std::string folder_of(const std::string& path) { return fs::path{path}.parent_path().string(); }

/// The folder before the first part with a wildcard.
std::string before_wildcard(const std::string& path) {
  const std::size_t wildcard = path.find_first_of("*?[");
  return path.substr(0, std::max<std::size_t>(path.rfind('/', wildcard), 1));
}

void allow_folder(Ruleset& ruleset, const std::string& folder, uint64_t access) {
  std::error_code error;
  const fs::path real = fs::canonical(folder, error);
  if (!error && !is_system_folder(real.string())) { ruleset.allow(real.string(), access); }
}

void allow_named(Ruleset& ruleset, const NamedPath& named) {
  const uint64_t access = reading | (named.is_written ? writing | ioctl_dev : 0);
  const uint64_t beside = read_file | (named.is_written ? write_file | truncate_file | make_reg | remove_file : 0);
  // Below /sys nearly everything is a link to there, and comes and goes with the hardware.
  if (named.path.starts_with("/sys/")) { ruleset.allow("/sys/devices", reading); }
  const bool is_pattern = named.path.find_first_of("*?[") != std::string::npos;
  if (is_there(named.path)) {
    ruleset.allow(named.path, access);
    // Where a link leads is where the next file will be.
    std::error_code error;
    const fs::path real = fs::canonical(named.path, error);
    if (named.is_renewed && !error && !fs::is_directory(real, error)) {
      allow_folder(ruleset, folder_of(named.path), beside);
      allow_folder(ruleset, folder_of(real.string()), beside);
    }
  } else if (is_pattern) {
    allow_folder(ruleset, before_wildcard(named.path), access);
  } else {
    allow_folder(ruleset, folder_of(named.path), beside);
  }
}

/// The parts of a variable such as LD_LIBRARY_PATH.
void allow_listed(Ruleset& ruleset, const char* variable) {
  const char* value = std::getenv(variable);
  if (value == nullptr) { return; }
  std::string_view left{value};
  while (!left.empty()) {
    const std::size_t end = std::min(left.find(':'), left.size());
    if (left.starts_with('/')) { ruleset.allow(std::string{left.substr(0, end)}, reading); }
    left.remove_prefix(std::min(end + 1, left.size()));
  }
}

void allow_needed(Ruleset& ruleset, const Confinement& confinement) {
  for (const char* path : readable) { ruleset.allow(path, reading); }
  for (const char* path : writable) { ruleset.allow(path, read_file | write_file); }
  allow_listed(ruleset, "LD_LIBRARY_PATH");
  if (confinement.network) {
    for (const char* path : for_network) { ruleset.allow(path, reading); }
    for (const char* path : resolver_folders) { ruleset.allow(path, reading); }
    allow_listed(ruleset, "SSL_CERT_FILE");
    allow_listed(ruleset, "SSL_CERT_DIR");
  }
  // A terminal is opened anew by those who will not wait for it.
  if (confinement.standard_output && isatty(STDOUT_FILENO) == 1) { ruleset.allow("/proc/self/fd/1", using_device); }
  if (confinement.devices) {
    ruleset.allow("/dev", reading | using_device);
    ruleset.allow("/sys", reading | write_file | truncate_file);
  }
  if (confinement.processes) {
    for (const char* path : programs) { ruleset.allow(path, reading | execute); }
  }
  for (const NamedPath& named : confinement.paths) { allow_named(ruleset, named); }
}

}  // namespace

void confine_to_paths(const Confinement& confinement) {
  const int version = landlock_version();
  RulesetAttributes attributes{};
  if (version >= 6) { attributes.scoped = scope_signal; }
  if (version >= 1 && confinement.is_known) {
    attributes.handled_access_fs = known_access(version);
    if (version >= 4 && !confinement.network) { attributes.handled_access_net = bind_tcp | connect_tcp; }
    if (version >= 6 && !confinement.network) { attributes.scoped |= scope_abstract_unix_socket; }
  }
  if (attributes.handled_access_fs == 0 && attributes.scoped == 0) { return; }
  Ruleset ruleset{attributes};
  if (confinement.is_known) { allow_needed(ruleset, confinement); }
  ruleset.enforce();
}

bool is_system_folder(const std::string& path) {
  const fs::path folder{path};
  const auto levels = std::distance(folder.begin(), folder.end()) - 1;
  const std::string parent = folder.parent_path().string();
  const char* home = std::getenv("HOME");
  return levels <= 1 || parent == "/home" || parent == "/usr" || parent == "/var" ||
         (home != nullptr && *home != '\0' && path == home);
}

}  // namespace culvert::isolation
