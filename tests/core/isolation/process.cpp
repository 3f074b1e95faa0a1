// SPDX-License-Identifier: MIT
#include "core/isolation/process.hpp"

#include "core/channel/socket_pair.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <system_error>

namespace culvert::isolation {
namespace {

/// It waits for what its runtime says.
std::string node_program() {
  const char* build = std::getenv("CULVERT_BUILD");
  REQUIRE(build != nullptr);
  return std::string{build} + "/core/isolation/culvert-node";
}

void wait_for_end(Process& process) {
  pollfd watched{process.descriptor(), POLLIN, 0};
  REQUIRE(poll(&watched, 1, 30'000) == 1);
  REQUIRE(process.has_ended());
}

}  // namespace

TEST_CASE("isolation: how a process ended is told, by code or by the name of the signal") {
  const auto [ours, its] = connected_sockets();
  Process good{"/bin/true", its};
  wait_for_end(good);
  CHECK(good.end() == "ended with 0");
  Process bad{"/bin/false", its};
  wait_for_end(bad);
  CHECK(bad.end() == "ended with 1");
  Process waits{node_program(), its};
  CHECK_FALSE(waits.has_ended());
  waits.kill();
  CHECK(waits.has_ended());
  CHECK(waits.end() == "ended by SIGKILL");
  CHECK_THROWS_AS((Process{"/nowhere/culvert-node", its}), std::system_error);
}

TEST_CASE("isolation: a process that is given up is gone") {
  pid_t pid = 0;
  {
    const auto [ours, its] = connected_sockets();
    const Process waits{node_program(), its};
    pid = waits.pid();
  }
  CHECK(kill(pid, 0) != 0);
}

}  // namespace culvert::isolation
