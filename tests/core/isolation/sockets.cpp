// SPDX-License-Identifier: MIT
#include "core/isolation/sockets.hpp"

#include "tests/support/folder.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>

namespace culvert::isolation {

TEST_CASE("isolation: the folder of the sockets is for one runtime of one user, empty at first and gone at the end") {
  const test::TemporaryFolder parent;
  const std::string path = socket_folder(parent.path() + "/edge.sock");
  CHECK(path == parent.path() + "/edge.d");
  std::filesystem::create_directory(path);
  CHECK_THROWS_AS(SocketFolder{path}, std::runtime_error);  // others may enter
  chmod(path.c_str(), 0700);
  std::ofstream{path + "/0.1.c"} << "left";
  std::optional<SocketFolder> first;
  first.emplace(path);
  CHECK(std::filesystem::is_empty(path));
  CHECK_THROWS_AS(SocketFolder{path}, std::runtime_error);
  first.reset();
  CHECK_FALSE(std::filesystem::exists(path));
  std::filesystem::create_directory_symlink(parent.path(), path);
  CHECK_THROWS_AS(SocketFolder{path}, std::runtime_error);
}

TEST_CASE("isolation: names of sockets are no longer than was reckoned") {
  const std::string folder = "/run/culvert/edge.d";
  const std::string longest = inbox_address(folder, 1023, 9'999'999'999, 4095);
  CHECK(longest.size() - std::string{"ipc://"}.size() - folder.size() <= max_socket_name_bytes);
  CHECK(control_address(folder, 1, 2) != outlet_address(folder, 1, 2));
}

}  // namespace culvert::isolation
