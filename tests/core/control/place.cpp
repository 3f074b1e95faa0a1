// SPDX-License-Identifier: MIT
#include "core/control/place.hpp"

#include "tests/core/plugin/folder.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

namespace culvert::control {
namespace {

mode_t mode_of(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

std::string refusal(const std::string& path) {
  try {
    const Place place{path + "/edge.sock"};
  } catch (const std::runtime_error& error) { return error.what(); }
  return {};
}

}  // namespace

TEST_CASE("runtime folder: it is made for its user alone, and taken as it is when it is there") {
  const test::Folder folder;
  const std::string made = folder.path("deep/run");
  CHECK(refusal(made).empty());
  CHECK(mode_of(made) == 0700);
  CHECK(refusal(made).empty());
  // As systemd makes it without RuntimeDirectoryMode.
  REQUIRE(chmod(made.c_str(), 0755) == 0);
  CHECK(refusal(made).empty());
}

TEST_CASE("runtime folder: one that others can write, a link and a file are refused") {
  const test::Folder folder;
  const std::string wide = folder.path("wide"), link = folder.path("link"), own = folder.path("own");
  REQUIRE(mkdir(wide.c_str(), 0700) == 0);
  REQUIRE(chmod(wide.c_str(), 01777) == 0);
  CHECK(refusal(wide) == "runtime folder '" + wide + "' can be written by others, its mode should be 0700");
  REQUIRE(mkdir(own.c_str(), 0700) == 0);
  REQUIRE(symlink(own.c_str(), link.c_str()) == 0);
  CHECK(refusal(link) == "runtime folder '" + link + "' is no folder");
  CHECK(refusal(folder.write("file", "")) == "runtime folder '" + folder.path("file") + "' is no folder");
  CHECK(refusal(folder.path("file/run")).find("cannot be made: Not a directory") != std::string::npos);
}

TEST_CASE("runtime folder: a name is held by one at a time, and what is left of another is removed") {
  const test::Folder folder;
  const std::string left = folder.write("edge.sock", ""), other = folder.write("other.sock", "");
  std::optional<Place> first{left};
  CHECK_FALSE(std::filesystem::exists(left));
  CHECK(std::filesystem::exists(other));
  CHECK_THROWS_AS(Place{left}, NameInUse);
  first.reset();
  CHECK_NOTHROW(Place{left});
}

}  // namespace culvert::control
