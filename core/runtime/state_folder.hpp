// SPDX-License-Identifier: MIT
/// The folder that outlives the process, held by one runtime at a time. Main thread.
#pragma once

#include "core/util/handle.hpp"

#include <stdexcept>
#include <string>

namespace culvert {

/// Another runtime holds the folder; `what()` says which folder and which process, and not yet what to do.
class StateFolderInUse : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A newer culvert has written the folder, nobody knows who has, or it is another user's; `what()` is the whole line.
class StateFolderUnknown : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The name or number of the user whose the folder is, when this is root and that another one, such as a service's, who
/// could not use what root would leave there; else empty. Also when there is no such folder.
std::string other_owner(const std::string& path);
/// Throws StateFolderUnknown when there is one.
void refuse_anothers(const std::string& path);

class StateFolder {
 public:
  /// Of what is in the folder, as its file `version` has it. It rises when an older culvert could not use that any
  /// more, or would spoil it; what is older is brought up to date by whoever owns the file.
  static constexpr int version = 1;

  /// Makes the folder (0700) where it is missing, and locks it. Throws StateFolderInUse, StateFolderUnknown, or
  /// std::runtime_error with one clear line when it cannot be had.
  explicit StateFolder(const std::string& path);

 private:
  Descriptor lock_;
};

}  // namespace culvert
