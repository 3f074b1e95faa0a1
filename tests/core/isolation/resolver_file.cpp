// SPDX-License-Identifier: MIT
#include "core/isolation/resolver_file.hpp"

#include "core/isolation/isolated_node.hpp"
#include "core/isolation/kernel.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace culvert::isolation {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "culvert-resolver-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) { throw std::runtime_error{"no temporary folder"}; }
    path_ = name;
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string file() const { return path_ + "/resolv.conf"; }
  void write(const std::string& text) const { std::ofstream{file()} << text; }
  /// As most network managers do.
  void replace() const {
    std::ofstream{path_ + "/new"} << "nameserver 127.0.0.2\n";
    fs::rename(path_ + "/new", file());
  }

 private:
  std::string path_;
};

/// A sink in a process of its own, whose plugin needs the network, and what is said of it.
class Watched {
 public:
  explicit Watched(const std::string& resolver_file)
      : log_{[this](LogKind, std::string_view, std::string_view line) {
          const std::lock_guard lock{mutex_};
          lines_.emplace_back(line);
          changed_.notify_all();
        }},
        node_{spec(resolver_file), std::make_shared<NodeEnds>("s", "edge", 1, budget_), 1, log_, [this] {
                const std::lock_guard lock{mutex_};
                changed_.notify_all();
              }} {
    culvert_settings settings{};
    settings.size = sizeof settings;
    REQUIRE(node_.create(settings, [this](int64_t ns) {
      std::unique_lock lock{mutex_};
      changed_.wait_for(lock, std::chrono::nanoseconds{ns});
      return true;
    }));
    node_.start();
  }

  bool wait_for_line(const std::string& wanted, int times = 1) {
    return wait([&] { return std::count(lines_.begin(), lines_.end(), wanted) >= times; });
  }
  bool wait_until_running() {
    return wait([&] { return node_.state() == NodeState::running; });
  }
  NodeStatus status() { return node_.status(); }

 private:
  template <class Condition>
  bool wait(Condition condition) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, std::chrono::seconds{60}, condition);
  }
  static IsolatedSpec spec(const std::string& resolver_file) {
    const char* build = std::getenv("CULVERT_BUILD");
    REQUIRE(build != nullptr);
    IsolatedSpec spec;
    spec.node.names.node = "sink";
    spec.node.names.runtime = "edge";
    spec.node.names.plugin = "explorer_net";
    spec.node.names.log_level = LogLevel::info;
    spec.file = std::string{build} + "/tests/fixtures/explorer_net.so";
    spec.program = std::string{build} + "/core/isolation/culvert-node";
    spec.seed = 0;
    spec.confinement.is_known = spec.confinement.network = spec.confinement.standard_output = true;
    spec.confinement.paths = {{std::string{build} + "/tests/fixtures"}};
    spec.resolver_file = resolver_file;
    return spec;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
  Budget budget_{1 << 20};
  Log log_;
  IsolatedNode node_;
};

}  // namespace

TEST_CASE(
    "resolver file: another in its place is noticed, and one where there was none; new text in it is not another") {
  const Folder folder;
  int64_t now_ns = 0;
  const auto is_replaced = [&now_ns](ResolverFile& file) { return file.is_replaced(now_ns += one_second_ns); };
  ResolverFile missing{folder.file()};
  CHECK_FALSE(is_replaced(missing));
  folder.write("nameserver 127.0.0.1\n");
  CHECK(is_replaced(missing));
  ResolverFile there{folder.file()};
  folder.write("nameserver 127.0.0.3\n");
  CHECK_FALSE(is_replaced(there));
  folder.replace();
  CHECK(is_replaced(there));
  // Not again before a second has gone by.
  CHECK_FALSE(there.is_replaced(now_ns));
  fs::remove(folder.file());
  CHECK_FALSE(is_replaced(there));
}

TEST_CASE("resolver file: when it is replaced a process that may not read the new one is followed by one that may") {
  if (landlock_version() == 0) {
    MESSAGE("this kernel has no Landlock: nothing has to be done");
    return;
  }
  const Folder folder;
  folder.write("nameserver 127.0.0.1\n");
  Watched node{folder.file()};
  REQUIRE(node.wait_until_running());
  CHECK(node.status().restarts == 0);
  folder.replace();
  REQUIRE(node.wait_for_line("'" + folder.file() + "' was replaced: a new process is started, which may read it"));
  // It explores when it starts.
  REQUIRE(node.wait_for_line("explored", 2));
  REQUIRE(node.wait_until_running());
  CHECK(node.status().restarts == 1);
  CHECK_FALSE(node.status().last_failure.has_value());
}

}  // namespace culvert::isolation
