// SPDX-License-Identifier: MIT
/// Files each of which appears whole or not at all: written beside their place, looked at there, and put in it one
/// after another. A signal that would end the process waits until this is gone. One thread.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <string>
#include <vector>

namespace culvert {

struct WholeFile {
  std::string name;   ///< while it waits
  std::string place;  ///< from the folder on
  std::string text;
  mode_t mode = 0600;
  bool may_replace = false;  ///< another one that is there
};

class WholeFiles {
 public:
  /// In `folder`, which must be there, unless `makes_folder` is true: then they wait beside where it will be, and
  /// place() makes it, for all to look into. All functions throw std::system_error, whose text names the file.
  explicit WholeFiles(std::string folder, bool makes_folder = false);
  ~WholeFiles();  ///< what was not put in its place is gone
  WholeFiles(const WholeFiles&) = delete;
  WholeFiles& operator=(const WholeFiles&) = delete;

  /// Writes one, and has the disk take it.
  void add(WholeFile file);
  /// A link to a file that stays where it is, for who looks at what waits.
  void add_link(const std::string& name, const std::string& target);
  /// Where it is until it is in its place: with the others, in a folder of their own.
  std::string staged(const std::string& name) const { return own_ + '/' + name; }
  const std::string& waiting() const noexcept { return own_; }  ///< that folder
  /// Puts all in their places, in the order in which they were added. One that is there and must not be replaced
  /// stays, and throws std::errc::file_exists. What replaces a regular file gets the owner, the group and the rights of
  /// that one; but what was added for its owner alone stays so where the old one was open to all.
  void place();

 private:
  void take_rights_of_old(const WholeFile& file) const;
  void make_folder();

  std::string folder_, own_;
  bool makes_folder_, made_folder_ = false;
  std::vector<WholeFile> files_;  ///< without their texts
  std::vector<std::string> links_;
  sigset_t before_{};  ///< the signals that were blocked
};

}  // namespace culvert
