// SPDX-License-Identifier: MIT
// Batches behind a node: its thread closes them in time, and nothing waits in one when the node ends.
#include "tests/core/node/rig.hpp"

namespace culvert::test {
namespace {

RouteSpec gathering(std::size_t max, int64_t within_ns = 3600 * one_second_ns) {
  RouteSpec spec;
  spec.limits.batch = BatchLimits{.max_messages = max, .within_ns = within_ns};
  return spec;
}

/// Fails on "fail", passes the rest on.
class Brittle : public culvert::Node {
 public:
  Brittle(Host host, const Settings&) : Node{host} {}
  culvert_status process(MessageView message, uint64_t) {
    Draft draft{message};
    return message.payload() == "fail" ? CULVERT_FAILED : host().emit(draft);
  }
};

/// Rejects each batch that begins with an odd number.
class Picky : public culvert::Node {
 public:
  Picky(Host host, const Settings&) : Node{host} {}
  culvert_status process(MessageView message, uint64_t) {
    return message.payload()[1] % 2 != 0 ? CULVERT_REJECTED : CULVERT_OK;
  }
};

struct Pair : Rig {
  explicit Pair(RouteSpec spec) : tap{add<Tap>("tap")}, notes{add<Notes>("notes")} {
    join(tap, notes, std::move(spec));
  }
  NodeThread& tap;
  NodeThread& notes;
};

struct Chain : Rig {
  explicit Chain(RouteSpec spec) : tap{add<Tap>("tap")}, brittle{add<Brittle>("brittle", true)} {
    join(tap, brittle);
    join(brittle, add<Notes>("notes"), std::move(spec));
  }
  NodeThread& tap;
  NodeThread& brittle;
};

std::size_t count_acked(Rig& rig) {
  const auto lines = rig.seen.lines();
  return static_cast<std::size_t>(
      std::count_if(lines.begin(), lines.end(), [](const auto& line) { return line.starts_with("acked "); }));
}

}  // namespace

TEST_CASE("batches: a node's thread sends one that is due, and the source hears of each message then") {
  Pair pair{gathering(100, 50 * one_ms_ns)};
  REQUIRE(pair.start());
  CHECK(Tap::current()->send("1", 1) == CULVERT_OK);
  CHECK(Tap::current()->send("2", 2) == CULVERT_OK);
  CHECK(pair.seen.has_line("acked 2 0"));
  // The first may have been due alone on a slow machine.
  CHECK(count_acked(pair) == 2);
}

TEST_CASE("batches: a full one goes without a look at the time") {
  Pair pair{gathering(3)};
  REQUIRE(pair.start());
  for (const char* text : {"1", "2", "3"}) { CHECK(Tap::current()->send(text) == CULVERT_OK); }
  CHECK(pair.seen.has_line("t=[1,2,3]"));
}

TEST_CASE("batches: quiesce and stop send what gathers, however long it could have waited") {
  for (const bool quiesced : {true, false}) {
    Pair pair{gathering(100)};
    REQUIRE(pair.start());
    REQUIRE(pair.becomes(pair.tap, NodeState::running));
    CHECK(Tap::current()->send("1") == CULVERT_OK);
    CHECK(Tap::current()->send("2") == CULVERT_OK);
    quiesced ? pair.tap.quiesce() : pair.tap.stop();
    CHECK(pair.seen.has_line("t=[1,2]"));
  }
}

TEST_CASE("batches: while a transform is drained, what it makes of its input does not wait") {
  Chain chain{gathering(100)};
  REQUIRE(chain.start());
  chain.brittle.quiesce();
  CHECK(Tap::current()->send("1", 1) == CULVERT_OK);
  CHECK(chain.seen.has_line("t=[1]"));
  CHECK(chain.seen.has_line("acked 1 0"));
}

TEST_CASE("batches: a node that fails leaves none open") {
  Chain chain{gathering(100)};
  REQUIRE(chain.start());
  CHECK(Tap::current()->send("1") == CULVERT_OK);
  CHECK(Tap::current()->send("2") == CULVERT_OK);
  CHECK(Tap::current()->send("fail") == CULVERT_OK);
  CHECK(chain.becomes(chain.brittle, NodeState::failed));
  CHECK(chain.seen.has_line("t=[1,2]"));
}

TEST_CASE("batches: an input of a transform ends with the batch that its child is in, with its status") {
  Rig rig;
  auto& tap = rig.add<Tap>("tap");
  auto& brittle = rig.add<Brittle>("brittle", true);
  auto& picky = rig.add<Picky>("picky");
  rig.join(tap, brittle);
  rig.join(brittle, picky, gathering(2));
  REQUIRE(rig.start());
  for (uint64_t token = 1; token <= 4; ++token) {
    CHECK(Tap::current()->send(token <= 2 ? "1" : "2", token) == CULVERT_OK);
  }
  for (const char* line : {"acked 1 3", "acked 2 3", "acked 3 0", "acked 4 0"}) { CHECK(rig.seen.has_line(line)); }
  CHECK(count_acked(rig) == 4);
  CHECK(brittle.fanout().outlet_counters(0).rejected == 2);
  CHECK(brittle.fanout().outlet_counters(0).delivered == 2);
  CHECK(picky.rejected() == 1);
}

TEST_CASE("batches: one that is larger than a transform's window closes when the window is full") {
  Chain chain{gathering(1000)};
  REQUIRE(chain.start());
  for (uint64_t token = 1; token <= 600; ++token) { REQUIRE(Tap::current()->send("1", token) == CULVERT_OK); }
  CHECK(chain.seen.has_line("acked 257 0"));
}

}  // namespace culvert::test
