// SPDX-License-Identifier: MIT
#include "core/app/init_place.hpp"

#include "core/config/folders.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace culvert {
namespace {

namespace fs = std::filesystem;

/// What deploy/systemd/culvert.service.in asks before a start.
bool has_only_comments(const std::string& file) {
  std::ifstream opened{file};
  if (!opened) { return false; }
  for (std::string line; std::getline(opened, line);) {
    const std::size_t first = line.find_first_not_of(" \t");
    if (first != std::string::npos && line[first] != '#') { return false; }
  }
  return opened.eof();
}

/// ProtectHome= and PrivateTmp= of the unit.
constexpr std::array<std::string_view, 5> hidden_folders{"/home", "/root", "/run/user", "/tmp", "/var/tmp"};

}  // namespace

InitPlace::InitPlace(const std::string& asked) : file{asked.empty() ? CULVERT_USUAL_FILE : asked} {
  const fs::path path = fs::absolute(file);
  folder = path.parent_path().string();
  name = path.filename().string();
  is_usual = path.lexically_normal() == CULVERT_USUAL_FILE;
  is_service = is_usual && fs::is_directory(fs::path{folder} / "credentials");
  is_idle = is_service && has_only_comments(path.string());
  secret = is_service ? "credentials/mqtt" : path.stem().string() + ".password";
}

std::string InitPlace::hidden(const std::string& path) const {
  if (!is_service || path.empty()) { return {}; }
  const std::string normal = fs::weakly_canonical(path).string();
  for (const std::string_view one : hidden_folders) {
    if (normal.starts_with(one) && normal.substr(one.size()).starts_with('/')) {
      return "the service does not see '" + path + "', nor anything else in '" + std::string{one} +
             "': copy it to " CULVERT_USUAL_FOLDER;
    }
  }
  return {};
}

}  // namespace culvert
