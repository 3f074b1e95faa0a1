// SPDX-License-Identifier: MIT
/// What lies in a journal folder, looked at from outside: names and sizes, and the removal of all that belongs to one
/// journal. Opens no database. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::journal {

struct FileSize {
  std::string name;  ///< within the folder
  uint64_t bytes = 0;
};

/// All that is there of one journal.
struct Listed {
  std::string name;  ///< "boiler.cloud"
  bool has_file = false;
  uint64_t bytes = 0;           ///< of the file and its log
  std::vector<FileSize> aside;  ///< files that were set aside as damaged, each with its log, the oldest first
};

/// The journals in `state_dir`/journal, by name; none where there is no such folder. Throws
/// std::filesystem::filesystem_error.
std::vector<Listed> list(const std::string& state_dir);

/// "boiler -> cloud" for "boiler.cloud", and "boiler -> cloud #2" for "boiler.cloud.2". Names of nodes have no dots.
std::string route_of(std::string_view name);

std::string folder_of(const std::string& state_dir);
std::string path_of(const std::string& state_dir, const std::string& name);

/// Removes a journal with all that lies beside it. Nobody may have it open. Throws std::system_error when a file cannot
/// be removed; what was removed until then is gone.
void remove(const std::string& state_dir, const Listed& listed);
/// The same of what was set aside, which nobody has open.
void remove_aside(const std::string& state_dir, const Listed& listed);

}  // namespace culvert::journal
