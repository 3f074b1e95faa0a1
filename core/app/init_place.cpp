// SPDX-License-Identifier: MIT
#include "core/app/init_place.hpp"

#include "core/config/folders.hpp"
#include "core/runtime/state_folder.hpp"

#include <pwd.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

namespace culvert {
namespace {

namespace fs = std::filesystem;

bool has_only_comments(const std::string& file) {
  std::ifstream opened{file};
  if (!opened) { return false; }
  for (std::string line; std::getline(opened, line);) {
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first != std::string::npos && line[first] != '#') { return false; }
  }
  return opened.eof();
}

/// ProtectHome= and PrivateTmp= of the unit.
constexpr std::array<std::string_view, 5> hidden_folders{"/home", "/root", "/run/user", "/tmp", "/var/tmp"};

constexpr const char* service_user = "culvert";

/// Whether the service's user may, by the file's own mode. Without such a user nobody knows.
bool may_read(const std::string& file) {
  const passwd* const user = getpwnam(service_user);
  struct stat status {};
  if (user == nullptr || stat(file.c_str(), &status) != 0) { return true; }
  if (status.st_uid == user->pw_uid) { return (status.st_mode & S_IRUSR) != 0; }
  return (status.st_mode & (status.st_gid == user->pw_gid ? S_IRGRP : S_IROTH)) != 0;
}

}  // namespace

InitPlace::InitPlace(const std::string& asked) : file{asked.empty() ? CULVERT_USUAL_FILE : asked} {
  const fs::path path = fs::absolute(file).lexically_normal();
  folder = path.parent_path().string();
  name = path.filename().string();
  is_usual = path == CULVERT_USUAL_FILE;
  is_service = is_usual && fs::is_directory(fs::path{folder} / "credentials");
  is_idle = is_service && has_only_comments(path.string());
  const bool is_default = config::state_dir_variable().empty();
  if (!is_usual && is_default && !other_owner(config::default_state_dir()).empty()) {
    state = (path.parent_path() / path.stem()).string() + ".state";
  }
  secret = is_service ? "credentials/mqtt" : path.stem().string() + ".password";
}

std::string InitPlace::hidden(const std::string& path) const {
  if (!is_service || path.empty()) { return {}; }
  std::error_code failed;
  const std::string normal = fs::weakly_canonical(path, failed).string();
  // The check has words for what is not there.
  if (failed) { return {}; }
  for (const std::string_view one : hidden_folders) {
    if (normal.starts_with(one) && normal.substr(one.size()).starts_with('/')) {
      return "the service does not see '" + path + "', nor anything else in '" + std::string{one} +
             "': copy it to " CULVERT_USUAL_FOLDER;
    }
  }
  if (may_read(normal)) { return {}; }
  return "the service cannot read '" + path + "': give it the group '" + service_user + "' and mode 0640";
}

}  // namespace culvert
