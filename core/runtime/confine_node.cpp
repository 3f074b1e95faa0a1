// SPDX-License-Identifier: MIT
#include "core/runtime/confine_node.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace culvert {
namespace {

/// What the options name that hold paths, as far as they have values.
void add_named(isolation::Confinement& made, const CheckedNode& node) {
  for (const plugin::Option& option : node.facts->options) {
    if (option.type != plugin::OptionType::path && option.type != plugin::OptionType::file) { continue; }
    for (const std::string& key : node.settings.keys(option.name + (option.list ? "[]" : ""))) {
      const std::string* path = node.settings.find(key);
      if (path != nullptr && !path->empty()) { made.paths.push_back({*path, !option.is_only_read, option.is_renewed}); }
    }
  }
}

[[noreturn]] void fail(const std::string& path, const char* what) {
  throw std::runtime_error{"state folder '" + path + "': " + what + ": " + std::strerror(errno)};
}

/// A folder whose other contents stay hidden from those who may pass.
void make_passable(const std::string& path) {
  if (mkdir(path.c_str(), 0711) != 0 && errno != EEXIST) { fail(path, "cannot be made"); }
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    errno = ENOTDIR;
    fail(path, "cannot be used");
  }
  const mode_t passable = (status.st_mode & 07777) | S_IXGRP | S_IXOTH;
  if (chmod(path.c_str(), passable) != 0) { fail(path, "cannot be made passable"); }
}

}  // namespace

isolation::Confinement confinement_of(const CheckedNode& node, const std::string& state_dir) {
  isolation::Confinement made;
  if (node.limits.memory) { made.memory = static_cast<uint64_t>(*node.limits.memory); }
  if (node.limits.files) { made.files = static_cast<uint64_t>(node.limits.files->value); }
  made.user = node.user;
  made.is_known = node.facts->says_needs;
  const auto needs = [&](plugin::Need need) { return (node.facts->need_bits & need) != 0; };
  made.network = needs(plugin::need_network);
  made.standard_output = needs(plugin::need_stdout);
  made.devices = needs(plugin::need_devices);
  made.processes = needs(plugin::need_processes);
  if (!made.is_known) { return made; }
  // The shared object itself, and libraries that came with it.
  made.paths.push_back({std::filesystem::path{node.file}.parent_path().string()});
  if (needs(plugin::need_state)) { made.paths.push_back({state_dir, true}); }
  if (needs(plugin::need_files)) { add_named(made, node); }
  return made;
}

std::string state_folder_of(const CheckedNode& node, const std::string& state_dir) {
  const bool has_own = node.user && (node.facts->need_bits & plugin::need_state) != 0;
  return has_own ? state_dir + "/nodes/" + node.name : state_dir;
}

std::string make_state_folder(const CheckedNode& node, const std::string& state_dir) {
  std::string own = state_folder_of(node, state_dir);
  if (own == state_dir) { return own; }
  make_passable(state_dir);
  make_passable(state_dir + "/nodes");
  if (mkdir(own.c_str(), 0700) != 0 && errno != EEXIST) { fail(own, "cannot be made"); }
  // Nobody but root can have put a link there.
  if (lchown(own.c_str(), node.user->user, node.user->group) != 0) { fail(own, "cannot be given to its user"); }
  return own;
}

}  // namespace culvert
