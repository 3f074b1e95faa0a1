// SPDX-License-Identifier: MIT
// Against a made tree: folders and files as the kernel shows them, without what it does when they are written.
#include "core/isolation/cgroup.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace culvert::isolation {
namespace {

namespace fs = std::filesystem;

class Tree {
 public:
  Tree() {
    std::string name = (fs::temp_directory_path() / "culvert-cgroup-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) { throw std::runtime_error{"no temporary folder"}; }
    root = name;
    own = root / "system.slice/culvert.service";
    write(self(), "3:memory:/elsewhere\n0::/system.slice/culvert.service\n");
    write(own / "cgroup.controllers", "cpu memory pids\n");
    write(own / "cgroup.subtree_control", "");
    write(own / "cgroup.procs", std::to_string(getpid()) + "\n");
    // The kernel makes these with their folder.
    write(own / "runtime/cgroup.procs", "");
    for (const char* file : {"cgroup.procs", "memory.max", "memory.swap.max", "memory.oom.group"}) {
      write(own / "node-leaky" / file, "");
    }
    write(own / "node-leaky/memory.events", "low 0\nhigh 0\nmax 7\noom 1\noom_kill 0\n");
  }
  ~Tree() { fs::remove_all(root); }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  std::string self() const { return root / "self"; }
  Cgroups groups() const { return Cgroups{root, self()}; }
  void write(const fs::path& path, const std::string& text) const {
    fs::create_directories(path.parent_path());
    std::ofstream{path} << text;
  }
  std::string read(const fs::path& path) const {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
  }

  fs::path root, own;
};

}  // namespace

TEST_CASE("cgroup: a group that is delegated is divided, and a child gets one with its limit") {
  const Tree tree;
  const Cgroups groups = tree.groups();
  REQUIRE(groups.is_delegated());
  CHECK(groups.folder() == tree.own.string());
  CHECK(tree.read(tree.own / "runtime/cgroup.procs") == std::to_string(getpid()));
  CHECK(tree.read(tree.own / "cgroup.subtree_control") == "+memory");
  const auto group = groups.make("leaky", uint64_t{64} << 20);
  REQUIRE(group != nullptr);
  CHECK(tree.read(tree.own / "node-leaky/memory.max") == "67108864");
  CHECK(tree.read(tree.own / "node-leaky/memory.swap.max") == "0");
  CHECK(tree.read(tree.own / "node-leaky/memory.oom.group") == "1");
  CHECK(group->add(4711));
  CHECK(tree.read(tree.own / "node-leaky/cgroup.procs") == "4711");
  CHECK_FALSE(group->is_exhausted());
  tree.write(tree.own / "node-leaky/memory.events", "low 0\nhigh 0\nmax 9\noom 2\noom_kill 1\n");
  CHECK(group->is_exhausted());
  // What ended the last one is not what ends the next.
  CHECK_FALSE(groups.make("leaky", uint64_t{64} << 20)->is_exhausted());
}

TEST_CASE("cgroup: the folder of a child goes with it") {
  const Tree tree;
  const Cgroups groups = tree.groups();
  { CHECK(groups.make("other", 1 << 20) != nullptr); }
  CHECK_FALSE(fs::exists(tree.own / "node-other"));
}

TEST_CASE("cgroup: one that is not ours alone, has no memory to share, or is of another version is left alone") {
  {
    const Tree tree;
    tree.write(tree.own / "cgroup.procs", "1\n" + std::to_string(getpid()) + "\n");
    CHECK_FALSE(tree.groups().is_delegated());
    CHECK(tree.read(tree.own / "runtime/cgroup.procs").empty());
    CHECK(tree.groups().make("leaky", 1 << 20) == nullptr);
  }
  {
    const Tree tree;
    tree.write(tree.own / "cgroup.controllers", "cpu pids\n");
    CHECK_FALSE(tree.groups().is_delegated());
  }
  {
    const Tree tree;
    tree.write(tree.self(), "3:memory:/elsewhere\n");
    CHECK_FALSE(tree.groups().is_delegated());
    fs::remove(tree.self());
    CHECK_FALSE(tree.groups().is_delegated());
  }
}

TEST_CASE("cgroup: what the kernel does not let be divided is as it was") {
  const Tree tree;
  fs::remove(tree.own / "cgroup.subtree_control");
  fs::create_directory(tree.own / "cgroup.subtree_control");
  CHECK_FALSE(tree.groups().is_delegated());
  CHECK(tree.read(tree.own / "cgroup.procs").starts_with(std::to_string(getpid())));
}

}  // namespace culvert::isolation
