// SPDX-License-Identifier: MIT
/// The file in the state folder where the signal that ends a run is recorded, and what the run before has left there.
/// Main thread, while it is the only one.
#pragma once

#include "core/node/crash_handler.hpp"
#include "core/node/last_crash.hpp"

#include <optional>
#include <string>

namespace culvert {

class CrashFile {
 public:
  /// Reads `folder`/crash, or makes it; from then on crashes go there. The folder is locked. Does not throw: a box
  /// without that file carries messages all the same.
  explicit CrashFile(const std::string& folder) noexcept;
  /// What this run has recorded, and has survived, is taken back.
  ~CrashFile();
  CrashFile(const CrashFile&) = delete;
  CrashFile& operator=(const CrashFile&) = delete;

  /// How the run before ended, when a signal ended it.
  const std::optional<LastCrash>& last() const noexcept { return last_; }
  /// Why that is not known, or nothing will be recorded: one line for people, else empty.
  const std::string& problem() const noexcept { return problem_; }
  /// The next start hears no more of the run before. A crash of this one is left, whenever it comes.
  void forget_last() noexcept;

 private:
  void open(const std::string& path);
  bool read(int file, const std::string& path);

  std::optional<LastCrash> last_;
  std::string problem_;
  uint64_t last_run_ = 0, run_ = 0;
  CrashRecord* record_ = nullptr;  ///< mapped
  std::optional<CrashHandler> handler_;
};

}  // namespace culvert
