// SPDX-License-Identifier: MIT
/// The password that a first pipeline is given. Main thread.
#pragma once

#include <string>

namespace culvert {

/// The file that stands for standard input.
inline constexpr const char* standard_input = "-";

/// The password in a file, which must be a regular one, or on standard input; read as the pipeline will read it.
/// Throws std::runtime_error, whose text names the file.
std::string read_password(const std::string& file);

}  // namespace culvert
