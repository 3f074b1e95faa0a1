// SPDX-License-Identifier: MIT
/// What the tests of the configuration share.
#pragma once

#include "core/config/pipeline.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace culvert::config {

/// All problems, one per line.
inline std::string lines(const Problems& problems) {
  std::string text;
  for (const Problem& problem : problems.sorted()) { text += to_string(problem) + "\n"; }
  return text;
}

/// A variable of the environment, set or unset for one test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_{name} {
    const char* before = std::getenv(name);
    had_ = before != nullptr;
    if (had_) { before_ = before; }
    set(value);
  }
  ~Variable() { set(had_ ? before_.c_str() : nullptr); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  void set(const char* value) { value == nullptr ? ::unsetenv(name_) : ::setenv(name_, value, 1); }

  const char* name_;
  bool had_ = false;
  std::string before_;
};

/// A folder of its own that goes with the test.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "culvert-config-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) { throw std::runtime_error{"no temporary folder"}; }
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string path(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, std::string_view text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream{path_ / name} << text;
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

/// A node with these keys in its table, read from text; REQUIREs that there is one.
inline Node read_node(const std::string& keys, Problems& problems) {
  const Pipeline pipeline = load_text("[node.a]\nplugin = \"p\"\n" + keys, "edge.toml", problems);
  REQUIRE(pipeline.nodes.size() == 1);
  return pipeline.nodes[0];
}

}  // namespace culvert::config
