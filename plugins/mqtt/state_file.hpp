// SPDX-License-Identifier: MIT
/// A small file in the state folder: read as a whole, replaced as a whole. For the node thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace culvert::mqtt {

class StateFile {
 public:
  /// `state_dir`/`name`
  StateFile(std::string_view state_dir, std::string_view name);
  const std::string& path() const noexcept { return path_; }
  /// What it holds, or its first `most` + 1 bytes when it is longer than `most`; nothing when it is not there. A link
  /// is not followed. Throws std::system_error.
  std::optional<std::string> load(std::size_t most) const;
  /// Replaces it, readable for its owner only, and on disk when it returns. Throws std::system_error.
  void store(std::string_view text) const;

 private:
  std::string folder_, path_;
};

}  // namespace culvert::mqtt
