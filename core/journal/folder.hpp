// SPDX-License-Identifier: MIT
/// The folder with the journals of a runtime, and the ballast that a full disk is eased with.
///
/// Built by the main thread; the ballast is for the threads of all journals.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

namespace culvert::journal {

/// A name that was made or changed in a folder counts once the folder is on disk. Throws std::runtime_error with one
/// line for people.
void sync_folder(const std::string& path);

class Folder {
 public:
  /// On a full disk SQLite cannot even delete: so much is held, and given back to it then.
  static constexpr int64_t ballast_bytes = 4 << 20;

  /// The folder `state_dir`/journal, made with mode 0700 where it is missing. Throws std::runtime_error with one line
  /// for people when it is not this user's, no folder, or cannot be written.
  explicit Folder(const std::string& state_dir);

  const std::string& path() const noexcept { return path_; }
  /// Where the journal of a route is. `name` has no '/'.
  std::string path_of(const std::string& name) const { return path_ + '/' + name + ".db"; }
  /// Makes the file with mode 0600 where it is missing; sees to it that it is a file of this user's and nobody else's.
  /// Throws std::runtime_error as the constructor does. Not while SQLite has it open: that would end its locks.
  void prepare(const std::string& file) const;
  /// `wanted`, but at most a tenth of the file system.
  int64_t limit(int64_t wanted) const;

  /// Whether the ballast is there.
  bool has_ballast() const noexcept { return has_ballast_; }
  /// Gives it back to the disk, for a while.
  void drop_ballast();
  /// Takes it again. False when there is no room for it.
  bool take_ballast();

 private:
  std::string ballast_path() const { return path_ + "/ballast"; }

  std::string path_;
  std::mutex mutex_;
  std::atomic<bool> has_ballast_{false};
};

}  // namespace culvert::journal
