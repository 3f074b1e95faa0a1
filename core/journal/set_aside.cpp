// SPDX-License-Identifier: MIT
#include "core/journal/set_aside.hpp"

#include "core/journal/names.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <stdexcept>
#include <utility>
#include <vector>

namespace culvert::journal {
namespace {

namespace fs = std::filesystem;

std::string now_as_text() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 20> text{};
  std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%S", &parts);
  return text.data();
}

void rename(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) {
    throw std::runtime_error{"journal '" + from + "': cannot be set aside: " + std::strerror(errno)};
  }
}

std::string log_of(const std::string& path) { return path + std::string{log_end}; }

// By when they were written last, and not by when they were set aside: names of one second are in no order. The newest
// stays whatever its time says: a clock may have gone back.
std::size_t trim_aside(const std::string& path, const std::string& newest) {
  const fs::path file{path};
  const std::string stem = file.filename().string() + std::string{aside_mark};
  std::vector<std::pair<fs::file_time_type, std::string>> aside;
  std::error_code error;
  for (const fs::directory_entry& found : fs::directory_iterator{file.parent_path(), error}) {
    const std::string name = found.path().filename().string();
    if (!name.starts_with(stem) || name.ends_with(log_end) || name.ends_with(shared_end)) { continue; }
    if (found.path().string() != newest) { aside.emplace_back(found.last_write_time(error), found.path().string()); }
  }
  if (aside.size() < max_aside) { return 0; }
  const std::size_t gone = aside.size() + 1 - max_aside;
  std::sort(aside.begin(), aside.end());
  for (std::size_t i = 0; i < gone; ++i) { remove_all(aside[i].second); }
  return gone;
}

}  // namespace

std::string successor_of(const std::string& path) { return path + std::string{successor_end}; }

std::string name_aside(const std::string& path) {
  const std::string stem = path + std::string{aside_mark} + now_as_text();
  std::string name = stem;
  for (int copy = 2; fs::exists(name); ++copy) { name = stem + '-' + std::to_string(copy); }
  return name;
}

void remove_all(const std::string& file) {
  for (const std::string_view end : {std::string_view{}, log_end, shared_end, undo_end}) {
    std::remove((file + std::string{end}).c_str());
  }
}

// First the file goes, then its log, which must never lie beside another.
std::size_t replace(const Folder& folder, const std::string& path, const std::string& aside) {
  if (fs::exists(path)) { rename(path, aside); }
  if (fs::exists(log_of(path))) { rename(log_of(path), log_of(aside)); }
  sync_folder(folder.path());
  rename(successor_of(path), path);
  sync_folder(folder.path());
  return trim_aside(path, aside);
}

bool finish_replacing(const Folder& folder, const std::string& path) {
  if (!fs::exists(successor_of(path))) { return false; }
  if (fs::exists(path)) {
    remove_all(successor_of(path));
    return false;
  }
  replace(folder, path, name_aside(path));
  return true;
}

}  // namespace culvert::journal
