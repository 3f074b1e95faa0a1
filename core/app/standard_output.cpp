// SPDX-License-Identifier: MIT
#include "core/app/standard_output.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace culvert {

std::string stdout_trouble() {
  if (std::fflush(stdout) != 0) { return std::string{"write to stdout: "} + std::strerror(errno); }
  // Of an earlier write the reason is not known any more.
  return std::ferror(stdout) != 0 ? "write to stdout: not all of it was taken" : std::string{};
}

}  // namespace culvert
