// SPDX-License-Identifier: MIT
/// Which plugins there are, found by reading files; and the loaded ones. Used on the main thread only.
#pragma once

#include "core/plugin/facts.hpp"

#include <culvert/plugin.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::plugin {

/// A plugin that can be created. Both stay valid as long as the registry; objects are never unloaded.
struct Loaded {
  const Facts* facts = nullptr;
  const culvert_descriptor* descriptor = nullptr;  ///< shorter ones are filled up with NULL
};

/// One shared object that holds a plugin.
struct Found {
  std::string path;
  Facts facts;
  std::string text;  ///< that the facts were read from
};

class Registry {
 public:
  /// Reads the notes of each *.so in `folders` and in their direct sub-folders, in order of name; the first folder that
  /// has a plugin wins. A file that is broken is remembered with its reason, and said when somebody asks for its name.
  /// `usual` are the folders that `folders` stand in for, if they do: a plugin that is missing may be there.
  explicit Registry(std::vector<std::string> folders, std::vector<std::string> usual = {});

  const Found* find(std::string_view id) const noexcept;
  std::vector<const Found*> all() const;  ///< by id
  std::vector<std::string_view> ids() const;
  /// What to say to somebody who names a plugin that `find` does not know: that its file is broken and why, or that
  /// there is none in which folders, with a suggestion, or with the usual folder that has it.
  std::string why_missing(std::string_view id) const;
  /// Files that looked like plugins and are none, and folders that cannot be read: path and the one line why.
  const std::vector<std::pair<std::string, std::string>>& broken() const noexcept;

  /// dlopen, version gate, comparison of the note with the descriptor. Throws std::runtime_error with one clear line
  /// that names the file, what was found and what was wanted. Loading twice answers the same.
  Loaded load(std::string_view id);

 private:
  void scan(const std::string& folder);
  void read(const std::string& path);

  std::vector<std::string> folders_;
  std::vector<std::string> usual_;
  std::vector<Found> found_;
  std::vector<std::unique_ptr<culvert_descriptor>> filled_up_;
  std::vector<std::pair<std::string, std::string>> broken_;
  std::map<std::string, Loaded, std::less<>> loaded_;
};

/// Where plugins are when the configuration does not say: beside the running program in a build folder, else where
/// `meson install` put them relative to it.
std::vector<std::string> default_plugin_path();

}  // namespace culvert::plugin
