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

/// Throws StateFolderUnknown when this is root and the folder another user's: a service that runs as that one could not
/// use what root would leave in it.
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
