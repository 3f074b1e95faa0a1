// SPDX-License-Identifier: MIT
#include "core/journal/listing.hpp"

#include "core/journal/names.hpp"
#include "core/journal/set_aside.hpp"
#include "core/util/handle.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <map>
#include <system_error>

namespace culvert::journal {
namespace {

namespace fs = std::filesystem;

uint64_t size_of(const std::string& path) {
  std::error_code failed;
  const std::uintmax_t size = fs::file_size(path, failed);
  return failed ? 0 : size;
}

uint64_t size_with_log(const std::string& path) { return size_of(path) + size_of(path + std::string{log_end}); }

void remove_file(const std::string& path) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    throw std::system_error{errno, std::generic_category(), "remove '" + path + "'"};
  }
}

/// Each with its log: that must never lie beside another file, so it goes after its own.
void remove_files(const std::string& folder, const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    for (const std::string_view end : {std::string_view{}, log_end, shared_end}) {
      remove_file(file + std::string{end});
    }
  }
  const Descriptor opened{open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!opened || fsync(opened.get()) != 0) {
    throw std::system_error{errno, std::generic_category(), "sync '" + folder + "'"};
  }
}

}  // namespace

std::string folder_of(const std::string& state_dir) { return state_dir + "/journal"; }

std::string path_of(const std::string& state_dir, const std::string& name) {
  return folder_of(state_dir) + '/' + name + std::string{file_end};
}

std::vector<Listed> list(const std::string& state_dir) {
  std::map<std::string, Listed> found;
  const std::string folder = folder_of(state_dir);
  if (!fs::exists(folder)) { return {}; }
  for (const fs::directory_entry& entry : fs::directory_iterator{folder}) {
    const std::string file = entry.path().filename().string();
    const std::size_t aside = file.find(std::string{file_end} + std::string{aside_mark});
    if (aside != std::string::npos && !file.ends_with(log_end)) {
      found[file.substr(0, aside)].aside.push_back({file, size_with_log(entry.path().string())});
    } else if (file.ends_with(file_end)) {
      Listed& listed = found[file.substr(0, file.size() - file_end.size())];
      listed.has_file = true;
      listed.bytes = size_with_log(entry.path().string());
    }
  }
  std::vector<Listed> all;
  for (auto& [name, listed] : found) {
    listed.name = name;
    std::sort(listed.aside.begin(), listed.aside.end(),
              [](const FileSize& one, const FileSize& other) { return one.name < other.name; });
    all.push_back(std::move(listed));
  }
  return all;
}

std::string route_of(std::string_view name) {
  const std::size_t first = name.find('.'), second = name.find('.', first + 1);
  if (first == std::string_view::npos) { return std::string{name}; }
  std::string route{name.substr(0, first)};
  route.append(" -> ").append(name.substr(first + 1, second - first - 1));
  if (second != std::string_view::npos) { route.append(" #").append(name.substr(second + 1)); }
  return route;
}

// A successor that stayed would become the journal at the next start, so it goes first.
void remove(const std::string& state_dir, const Listed& listed) {
  const std::string path = path_of(state_dir, listed.name);
  remove_files(folder_of(state_dir), {successor_of(path), path});
  remove_aside(state_dir, listed);
}

void remove_aside(const std::string& state_dir, const Listed& listed) {
  const std::string folder = folder_of(state_dir);
  std::vector<std::string> files;
  for (const FileSize& aside : listed.aside) { files.push_back(folder + '/' + aside.name); }
  if (!files.empty()) { remove_files(folder, files); }
}

}  // namespace culvert::journal
