// SPDX-License-Identifier: MIT
/// The client id that a node keeps over restarts. For the node thread.
#pragma once

#include "state_file.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace culvert::mqtt {

class ClientIdFile {
 public:
  /// `state_dir`/mqtt-`node`.id
  ClientIdFile(std::string_view state_dir, std::string_view node);
  /// The id in the file; nothing when there is none that can be used. Throws std::system_error.
  std::optional<std::string> load() const { return load(nullptr); }
  /// The same; when there is none yet "NODE-" and eight random hexadecimal digits, which are stored first.
  /// `ret_damaged`: there was a file, and what it held is replaced. Throws std::system_error when that cannot be done.
  std::string load_or_make(bool& ret_damaged) const;
  /// Replaces the file as a whole, on disk when it returns. Throws std::system_error.
  void store(std::string_view id) const;
  const std::string& path() const noexcept { return file_.path(); }

 private:
  std::optional<std::string> load(bool* ret_damaged) const;

  std::string node_;
  StateFile file_;
};

/// Eight bytes from the kernel.
unsigned long long random_number();

}  // namespace culvert::mqtt
