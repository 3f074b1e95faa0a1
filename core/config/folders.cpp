// SPDX-License-Identifier: MIT
#include "core/config/folders.hpp"

#include "core/config/pipeline.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

namespace culvert::config {
namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string{} : std::string{value};
}

std::string home() {
  if (std::string folder = environment("HOME"); folder.starts_with('/')) { return folder; }
  const passwd* entry = ::getpwuid(::geteuid());
  return entry != nullptr && entry->pw_dir != nullptr ? entry->pw_dir : "/";
}

/// systemd gives several folders with a colon between them; the first is the unit's own. Empty when there is none.
std::string unit_folder(const char* name) {
  const std::string given = environment(name);
  const std::string first = given.substr(0, given.find(':'));
  return first.starts_with('/') ? first : std::string{};
}

std::string user_state_dir() {
  const std::string state = environment("XDG_STATE_HOME");
  return (state.starts_with('/') ? state : home() + "/.local/state") + "/culvert";
}

bool is_alphanumeric(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

std::string fitting_name(std::string_view text) {
  std::string name;
  for (const char c : text.substr(0, text.find('.'))) {
    const bool fits = is_alphanumeric(c) || (!name.empty() && (c == '_' || c == '-'));
    if (fits && name.size() < max_name_bytes) { name += c; }
  }
  return name.empty() ? "culvert" : name;
}

std::string default_name() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) { return fitting_name({}); }
  return fitting_name(host.data());
}

std::string default_state_dir() {
  if (std::string own = unit_folder("STATE_DIRECTORY"); !own.empty()) { return own; }
  return ::geteuid() == 0 ? "/var/lib/culvert" : user_state_dir();
}

std::string_view state_dir_variable() {
  if (!unit_folder("STATE_DIRECTORY").empty()) { return "STATE_DIRECTORY"; }
  const bool is_users = ::geteuid() != 0 && environment("XDG_STATE_HOME").starts_with('/');
  return is_users ? "XDG_STATE_HOME" : "";
}

std::vector<std::string> runtime_folders() {
  std::vector<std::string> folders;
  if (std::string own = unit_folder("RUNTIME_DIRECTORY"); !own.empty()) { folders.push_back(std::move(own)); }
  const std::string system = "/run/culvert";
  if (::geteuid() == 0) { folders.push_back(system); }
  const std::string user = environment("XDG_RUNTIME_DIR");
  if (user.starts_with('/')) { folders.push_back(user + "/culvert"); }
  folders.push_back(user_state_dir() + "/run");
  if (::geteuid() != 0) { folders.push_back(system); }
  return folders;
}

std::string control_socket(const std::string& folder, const std::string& name) {
  return (folder + '/' + name).append(socket_suffix);
}

std::string absolute_from(const std::string& path, const std::string& file) {
  std::error_code failed;
  fs::path folder = fs::absolute(file.empty() ? fs::path{"."} : fs::path{file}, failed).parent_path();
  if (failed) { folder = "/"; }
  std::string result = (folder / path).lexically_normal().string();
  while (result.size() > 1 && result.ends_with('/')) { result.pop_back(); }
  return result;
}

std::vector<std::string> default_files(const std::string& folder) {
  const fs::path main = fs::path{folder} / "culvert.toml";
  std::vector<std::string> files;
  std::error_code failed;
  for (fs::directory_iterator entry{fs::path{folder} / "culvert.d", failed}, end; !failed && entry != end;
       entry.increment(failed)) {
    const fs::path path = entry->path();
    if (path.extension() == ".toml" && !path.filename().string().starts_with('.')) { files.push_back(path.string()); }
  }
  std::sort(files.begin(), files.end());
  // Without any file the main one is named, so that the error says where one was looked for.
  if (files.empty() || fs::exists(main, failed)) { files.insert(files.begin(), main.string()); }
  return files;
}

}  // namespace culvert::config
