// SPDX-License-Identifier: MIT
/// Reads the start of a file without ever waiting for somebody to write it. Any thread.
#pragma once

#include <cstddef>
#include <string>

namespace culvert::sensor {

/// So much of a file is read.
constexpr std::size_t max_file_bytes = 4096;

struct FileText {
  std::string text;     ///< a NUL in the file is a line feed here
  bool cut = false;     ///< the file goes on
  std::string trouble;  ///< empty, or why there is no text: "permission denied", "is a FIFO"
};

/// A regular file (also one of /proc and /sys, which give no size), or a character device that has something to read.
FileText read_file(const std::string& path);

}  // namespace culvert::sensor
