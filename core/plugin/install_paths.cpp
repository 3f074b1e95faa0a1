// SPDX-License-Identifier: MIT
#include "core/plugin/install_paths.hpp"

#include "core/plugin/certificates.hpp"
#include "core/plugin/registry.hpp"

#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <vector>

namespace culvert::plugin {
namespace {

namespace fs = std::filesystem;

// Both relative from the folder of the program; the build defines them.
constexpr const char* plugins_from_program = CULVERT_PLUGINS_FROM_BINDIR;
constexpr const char* helpers_from_program = CULVERT_HELPERS_FROM_BINDIR;

/// The build folder when `folder` is one of its own, else empty.
fs::path build_folder(const fs::path& folder) {
  if (folder.filename() != "app" || folder.parent_path().filename() != "core") { return {}; }
  const fs::path build = folder.parent_path().parent_path();
  std::error_code error;
  return fs::is_directory(build / "plugins", error) ? build : fs::path{};
}

/// A program of ours that people do not start: in that folder of the build, beside the program, or as installed.
std::string helper_for(const std::string& program, const char* build_place, const char* name) {
  const fs::path folder = fs::path{program}.parent_path();
  const fs::path build = build_folder(folder);
  const std::vector<fs::path> places =
      build.empty() ? std::vector{folder, folder / helpers_from_program} : std::vector{build / build_place};
  for (const fs::path& place : places) {
    const fs::path candidate = (place / name).lexically_normal();
    if (::access(candidate.c_str(), X_OK) == 0) { return candidate.string(); }
  }
  return {};
}

}  // namespace

std::string plugin_folder_for(const std::string& program) {
  const fs::path folder = fs::path{program}.parent_path();
  const fs::path build = build_folder(folder);
  return (build.empty() ? folder / plugins_from_program : build / "plugins").lexically_normal().string();
}

std::string verifier_for(const std::string& program) { return helper_for(program, "plugins/mqtt", "culvert-verify"); }

std::string node_program_for(const std::string& program) {
  return helper_for(program, "core/isolation", "culvert-node");
}

std::string own_program() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).string();
}

std::string find_verifier() { return verifier_for(own_program()); }

std::vector<std::string> default_plugin_path() { return {plugin_folder_for(own_program())}; }

}  // namespace culvert::plugin
