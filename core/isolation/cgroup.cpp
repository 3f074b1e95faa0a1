// SPDX-License-Identifier: MIT
#include "core/isolation/cgroup.hpp"

#include "core/util/handle.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <utility>

namespace culvert::isolation {
namespace {

bool write_to(const std::string& path, const std::string& text) {
  const Descriptor file{open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  return file && write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

bool make_folder(const std::string& path) { return mkdir(path.c_str(), 0755) == 0 || errno == EEXIST; }

bool may_write(const std::string& path) { return access(path.c_str(), W_OK) == 0; }

/// "0::/system.slice/culvert.service" in the list of groups that a process is in.
std::string own_group(const std::string& self) {
  std::ifstream file{self};
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("0::/")) { return line.substr(3); }
  }
  return {};
}

bool holds_word(const std::string& path, const std::string& wanted) {
  std::ifstream file{path};
  for (std::string word; file >> word;) {
    if (word == wanted) { return true; }
  }
  return false;
}

/// Where others are too, it is theirs as well: a login, or a service that was not given the group to itself.
bool is_alone(const std::string& folder) {
  std::ifstream file{folder + "/cgroup.procs"};
  int64_t process = 0;
  if (!(file >> process) || process != getpid()) { return false; }
  return !(file >> process);
}

/// A group with processes of its own can't have groups below it that are limited: the runtime moves into one.
bool divide(const std::string& folder) {
  const std::string own = folder + "/runtime", process = std::to_string(getpid());
  if (!make_folder(own) || !write_to(own + "/cgroup.procs", process)) { return false; }
  if (write_to(folder + "/cgroup.subtree_control", "+memory")) { return true; }
  write_to(folder + "/cgroup.procs", process);
  rmdir(own.c_str());
  return false;
}

/// How many processes of a group the kernel has ended because its memory was used up.
uint64_t ended_in(const std::string& folder) {
  std::ifstream file{folder + "/memory.events"};
  std::string word;
  for (uint64_t count = 0; file >> word >> count;) {
    if (word == "oom_kill") { return count; }
  }
  return 0;
}

}  // namespace

Cgroup::Cgroup(std::string folder, uint64_t memory) : folder_{std::move(folder)}, ended_before_{ended_in(folder_)} {
  write_to(folder_ + "/memory.max", std::to_string(memory));
  // What is swapped out would not count, and one process of it without the others is of no use.
  write_to(folder_ + "/memory.swap.max", "0");
  write_to(folder_ + "/memory.oom.group", "1");
}

Cgroup::~Cgroup() { rmdir(folder_.c_str()); }

bool Cgroup::add(pid_t process) const { return write_to(folder_ + "/cgroup.procs", std::to_string(process)); }

bool Cgroup::is_exhausted() const { return ended_in(folder_) > ended_before_; }

Cgroups::Cgroups(std::string root, const std::string& self) {
  const std::string group = own_group(self);
  std::string folder = std::move(root) + (group == "/" ? "" : group);
  const bool is_ours = !group.empty() && holds_word(folder + "/cgroup.controllers", "memory") &&
                       may_write(folder + "/cgroup.procs") && may_write(folder + "/cgroup.subtree_control") &&
                       is_alone(folder);
  if (is_ours && divide(folder)) { folder_ = std::move(folder); }
}

std::unique_ptr<Cgroup> Cgroups::make(const std::string& node, uint64_t memory) const {
  const std::string folder = folder_ + "/node-" + node;
  if (!is_delegated() || !make_folder(folder)) { return {}; }
  return std::make_unique<Cgroup>(folder, memory);
}

}  // namespace culvert::isolation
