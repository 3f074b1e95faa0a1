// SPDX-License-Identifier: MIT
/// The folder of the sockets between a runtime and its children, and their names. Main thread; the names on any.
#pragma once

#include "core/util/handle.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace culvert::isolation {

class SocketFolder {
 public:
  /// Makes `path` (0700) where it is missing, holds it for this process, and removes what a killed runtime has left in
  /// it. Throws std::runtime_error with one clear line when it cannot be had, is another user's, can be entered by
  /// others, or another runtime holds it.
  explicit SocketFolder(std::string path);
  /// Removes it.
  ~SocketFolder();
  SocketFolder(const SocketFolder&) = delete;
  SocketFolder& operator=(const SocketFolder&) = delete;

  const std::string& path() const noexcept { return path_; }

 private:
  const std::string path_;
  Descriptor folder_;
};

/// The folder that belongs to a control socket: "/run/culvert/edge.d" to "/run/culvert/edge.sock".
std::string socket_folder(const std::string& control_socket);
/// A socket's path may have 107 bytes, so these are short. `epoch` counts the processes of the node.
std::string control_address(const std::string& folder, std::size_t node, uint64_t epoch);
std::string outlet_address(const std::string& folder, std::size_t node, uint64_t epoch);
std::string inbox_address(const std::string& folder, std::size_t node, uint64_t epoch, std::size_t route);
/// What they add to the folder's path at most.
constexpr std::size_t max_socket_name_bytes = 24;

}  // namespace culvert::isolation
