// SPDX-License-Identifier: MIT
/// The manual pages, in the language of man(7), made of the tables that the program goes by. Pure functions, any
/// thread.
#pragma once

#include <string>

namespace culvert {

std::string man_culvert();       ///< culvert(1), of the table of commands
std::string man_culvert_toml();  ///< culvert.toml(5), of the host's keys

}  // namespace culvert
