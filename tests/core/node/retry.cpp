// SPDX-License-Identifier: MIT
// Whether and when a node whose instance fails makes a new one.
#include "tests/core/node/lives.hpp"

#include <stdexcept>

namespace culvert::test {
namespace {

/// Its first life fails at once, the second cannot be made, the third runs.
class HardToMake : public Lives {
 public:
  HardToMake(Host host, const Settings&) : Lives{host} {
    if (life == 2) { throw std::runtime_error{"not yet"}; }
  }
  void start() {
    if (life == 1) { throw std::runtime_error{"as told"}; }
  }
  void stop() { journal()->note("stop " + std::to_string(life)); }
};

/// Its first life fails as soon as it runs.
class FailsAtOnce : public Lives {
 public:
  FailsAtOnce(Host host, const Settings&) : Lives{host} {}
  int64_t poll(int64_t) { return life == 1 ? -5 : CULVERT_NEVER; }
  culvert_status process(MessageView, uint64_t) { return life == 1 ? CULVERT_AGAIN : CULVERT_OK; }
  void quiesce() { journal()->note("quiesce " + std::to_string(life)); }
};

}  // namespace

TEST_CASE("restart: a new instance that cannot be made is one more failure, and is not stopped") {
  Retrying rig;
  auto& node = rig.add<HardToMake>("node");
  REQUIRE(rig.start());
  REQUIRE(rig.becomes(node, NodeState::running));
  const NodeStatus status = node.status();
  CHECK(status.restarts == 2);
  CHECK(status.last_failure->reason == "not yet");
  const auto lines = rig.seen.lines();
  CHECK(std::count(lines.begin(), lines.end(), "stop 1") == 1);
  CHECK(std::count(lines.begin(), lines.end(), "stop 2") == 0);
}

TEST_CASE("restart: a stop ends the wait, and nothing is made any more") {
  Retrying rig;
  auto& node = rig.add<FailsAtOnce>("node");
  REQUIRE(rig.start());
  // The first wait may be over before this thread runs again; then the second life is stopped.
  REQUIRE(fails(rig, node));
  node.stop();
  node.join();
  CHECK(lives() <= 2);
  CHECK((node.state() == NodeState::failed) == (lives() == 1));
}

TEST_CASE("restart: with 'ignore' and 'fail' nothing is tried again, and the node is gone as soon as it has failed") {
  for (const OnFailure what : {OnFailure::ignore, OnFailure::fail}) {
    Retrying rig;
    rig.on_failure = what;
    auto& node = rig.add<FailsAtOnce>("node");
    REQUIRE(rig.start());
    REQUIRE(rig.becomes(node, NodeState::failed));
    CHECK(node.is_gone());
    node.join();
    CHECK(lives() == 1);
    CHECK(node.status().reason == "the plugin answered 'poll' with -5, which is no time");
  }
}

TEST_CASE("restart: at a quiesce what takes messages is tried at once, for those that wait; what takes none is not") {
  for (const bool takes : {true, false}) {
    Retrying rig;
    auto& tap = rig.add<Tap>("tap");
    auto& node = rig.add<FailsAtOnce>("node");
    if (takes) { rig.join(tap, node); }
    REQUIRE(rig.start());
    REQUIRE(fails(rig, node));
    node.quiesce();
    if (takes) {
      REQUIRE(Tap::current()->send("x", 1) == CULVERT_OK);
      CHECK(rig.seen.has_line("quiesce 2"));
      CHECK(rig.seen.has_line("acked 1 0"));
    } else {
      const int64_t deadline_ns = monotonic_ns() + 30 * one_second_ns;
      while (!node.is_gone() && lives() == 1 && monotonic_ns() < deadline_ns) { std::this_thread::yield(); }
      CHECK(node.is_gone() == (lives() == 1));
    }
  }
}

}  // namespace culvert::test
