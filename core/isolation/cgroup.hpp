// SPDX-License-Identifier: MIT
/// Groups of processes whose memory the kernel counts as one (cgroup v2), where the runtime may make some: beside the
/// resident memory that it looks at itself, this counts what a child's own children use, and ends it at once.
///
/// Made and destroyed on the main thread; `make` and a Cgroup belong to the thread that keeps the child.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

namespace culvert::isolation {

/// One child's. Its folder goes with it, once no process is left in it.
class Cgroup {
 public:
  Cgroup(std::string folder, uint64_t memory);
  ~Cgroup();
  Cgroup(const Cgroup&) = delete;
  Cgroup& operator=(const Cgroup&) = delete;

  /// Moves a process into it. False when the kernel does not let it.
  bool add(pid_t process) const;
  /// Whether the kernel has ended a process of it because the memory was used up, since it was made.
  bool is_exhausted() const;

 private:
  const std::string folder_;
  const uint64_t ended_before_;  ///< in a folder that the last one left behind
};

class Cgroups {
 public:
  /// `self` tells in which group this process is, `root` is where the tree of groups is.
  explicit Cgroups(std::string root = "/sys/fs/cgroup", const std::string& self = "/proc/self/cgroup");

  /// Whether the group of this process is its own and has the controller of memory, as `Delegate=yes` of systemd or a
  /// container does it.
  bool is_delegated() const noexcept { return !folder_.empty(); }
  const std::string& folder() const noexcept { return folder_; }
  /// Nothing when it can't be made: the runtime looks by itself then.
  std::unique_ptr<Cgroup> make(const std::string& node, uint64_t memory) const;

 private:
  std::string folder_;
};

}  // namespace culvert::isolation
