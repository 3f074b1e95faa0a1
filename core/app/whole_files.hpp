// SPDX-License-Identifier: MIT
/// Files each of which appears whole or not at all: written beside their place, looked at there, and put in it one
/// after another. A signal that would end the process waits until this is gone. One thread.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace culvert {

class WholeFiles {
 public:
  /// In `folder`, which must be there, unless `makes_folder` is true: then they wait beside where it will be, and
  /// place() makes it, for all to look into. All functions throw std::system_error, whose text names the file.
  explicit WholeFiles(std::string folder, bool makes_folder = false);
  ~WholeFiles();  ///< what was not put in its place is gone
  WholeFiles(const WholeFiles&) = delete;
  WholeFiles& operator=(const WholeFiles&) = delete;

  /// Writes one, and has the disk take it.
  void add(const std::string& name, std::string_view text, mode_t mode);
  /// Where it is until it is in its place: with the others, in a folder of their own.
  std::string staged(const std::string& name) const { return own_ + '/' + name; }
  /// Puts all in their places, in the order in which they were added. Unless `over` is true one that is there stays,
  /// and throws std::errc::file_exists. What replaces a regular file gets the owner, the group and the rights of that
  /// one; but what was added for its owner alone stays so where the old one was open to all.
  void place(bool over);

 private:
  void take_rights_of_old(const std::string& name) const;
  void make_folder();

  std::string folder_, own_;
  bool makes_folder_, made_folder_ = false;
  std::vector<std::string> names_;
  sigset_t before_{};  ///< the signals that were blocked
};

}  // namespace culvert
