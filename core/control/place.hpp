// SPDX-License-Identifier: MIT
/// The place of a runtime's control socket: a folder of its user's, and its name held for itself. Main thread.
#pragma once

#include "core/util/handle.hpp"

#include <stdexcept>
#include <string>

namespace culvert::control {

/// Another runtime has that name.
class NameInUse : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Place {
 public:
  /// Makes the folder of `socket` (0700) where it is missing, locks the name with a file beside the socket, and removes
  /// the socket that a killed runtime has left. Throws NameInUse, or std::runtime_error with one clear line when the
  /// folder cannot be had, is another user's, or can be written by others: who can put a socket there could play a
  /// runtime.
  explicit Place(const std::string& socket);

 private:
  Descriptor lock_;
};

}  // namespace culvert::control
