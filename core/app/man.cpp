// SPDX-License-Identifier: MIT
#include "core/app/commands.hpp"
#include "core/app/exit_codes.hpp"
#include "core/app/man_pages.hpp"

#include <cstdio>

namespace culvert {

int man_command(const std::string& page) {
  std::fputs((page == "culvert.1" ? man_culvert() : man_culvert_toml()).c_str(), stdout);
  return exit_done;
}

}  // namespace culvert
