// SPDX-License-Identifier: MIT
#include "core/isolation/process.hpp"

#include "core/isolation/hand_over.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <system_error>

namespace culvert::isolation {
namespace {

/// It waits for what comes through the pipe.
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

TEST_CASE("isolation: what is handed over arrives, and all else is refused") {
  const HandOver given{4711, make_secret(), "ipc:///run/culvert/edge.d/1.1.c"};
  CHECK(given.secret != make_secret());
  Pipe pipe = make_pipe();
  write_hand_over(pipe.write_end, given);
  pipe.write_end = Descriptor{};
  const HandOver got = read_hand_over(pipe.read_end.get());
  CHECK(got.runtime == 4711);
  CHECK(got.secret == given.secret);
  CHECK(got.address == given.address);
  for (const std::string_view wrong :
       {"", "CVH1", "hello, this is a text of more than forty-four bytes, and not what is meant"}) {
    Pipe other = make_pipe();
    REQUIRE(write(other.write_end.get(), wrong.data(), wrong.size()) == static_cast<ssize_t>(wrong.size()));
    other.write_end = Descriptor{};
    CHECK_THROWS_AS(read_hand_over(other.read_end.get()), std::runtime_error);
  }
}

TEST_CASE("isolation: how a process ended is told, by code or by the name of the signal") {
  Pipe pipe = make_pipe();
  Process good{"/bin/true", pipe.read_end};
  wait_for_end(good);
  CHECK(good.ended_well());
  Process bad{"/bin/false", pipe.read_end};
  wait_for_end(bad);
  CHECK(bad.end() == "ended with 1");
  Process waits{node_program(), pipe.read_end};
  CHECK_FALSE(waits.has_ended());
  waits.kill();
  CHECK(waits.has_ended());
  CHECK(waits.end() == "ended by SIGKILL");
  CHECK_THROWS_AS((Process{"/nowhere/culvert-node", pipe.read_end}), std::system_error);
}

TEST_CASE("isolation: a process that is given up is gone") {
  pid_t pid = 0;
  {
    const Pipe pipe = make_pipe();
    const Process waits{node_program(), pipe.read_end};
    pid = waits.pid();
  }
  CHECK(kill(pid, 0) != 0);
}

}  // namespace culvert::isolation
