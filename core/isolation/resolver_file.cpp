// SPDX-License-Identifier: MIT
#include "core/isolation/resolver_file.hpp"

#include "core/util/clock.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace culvert::isolation {

ResolverFile::ResolverFile(std::string path) : path_{std::move(path)}, before_{now()} {}

ResolverFile::Number ResolverFile::now() const {
  struct stat status {};
  if (stat(path_.c_str(), &status) != 0) { return {}; }
  return {true, status.st_dev, status.st_ino};
}

bool ResolverFile::is_replaced(int64_t now_ns) {
  if (now_ns < next_look_ns_) { return false; }
  next_look_ns_ = now_ns + one_second_ns;
  const Number found = now();
  if (!found.is_there || found == before_) { return false; }
  std::error_code error;
  const std::string real = std::filesystem::canonical(path_, error).string();
  return std::none_of(std::begin(resolver_folders), std::end(resolver_folders),
                      [&](const char* folder) { return real.starts_with(std::string{folder} + '/'); });
}

}  // namespace culvert::isolation
