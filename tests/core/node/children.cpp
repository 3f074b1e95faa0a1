// SPDX-License-Identifier: MIT
// A transform's emits are children of its input, which settles when they have.
#include "tests/core/node/rig.hpp"

namespace culvert::test {
namespace {

/// Two children for each input; "drop" has none, "again" is refused once after a child was emitted.
class Doubles : public culvert::Node {
 public:
  Doubles(Host host, const Settings&) : Node{host} {}
  culvert_status process(MessageView message, uint64_t) {
    const std::string text{message.payload()};
    if (text == "drop") { return CULVERT_OK; }
    for (const char* suffix : {"/a", "/b"}) {
      const std::string topic = std::string{message.topic()} + suffix;
      Draft draft;
      draft.topic(topic).payload(text);
      if (const culvert_status status = host().emit(draft); status != CULVERT_OK) { return status; }
    }
    if (text == "again" && !refused_) {
      refused_ = true;
      return CULVERT_AGAIN;
    }
    return text == "reject" ? CULVERT_REJECTED : CULVERT_OK;
  }

 private:
  bool refused_ = false;
};

/// Rejects what ends in "/b".
class RejectsB : public culvert::Node {
 public:
  RejectsB(Host host, const Settings&) : Node{host} {}
  culvert_status process(MessageView message, uint64_t) {
    return message.topic().ends_with("/b") ? CULVERT_REJECTED : CULVERT_OK;
  }
};

struct Chain : Rig {
  Chain() : tap{add<Tap>("tap")}, doubles{add<Doubles>("doubles", true)} {}
  NodeThread& tap;
  NodeThread& doubles;
};

}  // namespace

TEST_CASE("children: both arrive, and the source hears of the input's end once") {
  Chain chain;
  auto& notes = chain.add<Notes>("notes");
  chain.join(chain.tap, chain.doubles);
  chain.join(chain.doubles, notes);
  REQUIRE(chain.start());
  for (uint64_t token = 1; token <= 500; ++token) { REQUIRE(Tap::current()->send("x", token) == CULVERT_OK); }
  CHECK(chain.seen.has_line("acked 500 0"));
  const auto lines = chain.seen.lines();
  CHECK(std::count(lines.begin(), lines.end(), "t/a=x") == 500);
  CHECK(std::count(lines.begin(), lines.end(), "t/b=x") == 500);
  CHECK(std::count(lines.begin(), lines.end(), "acked 250 0") == 1);
}

TEST_CASE("children: an input without children is settled by the transform alone") {
  Chain chain;
  auto& notes = chain.add<Notes>("notes");
  chain.join(chain.tap, chain.doubles);
  chain.join(chain.doubles, notes);
  REQUIRE(chain.start());
  CHECK(Tap::current()->send("drop", 1) == CULVERT_OK);
  CHECK(chain.seen.has_line("acked 1 0"));
}

TEST_CASE("children: they are thrown away with AGAIN and REJECTED") {
  Chain chain;
  auto& notes = chain.add<Notes>("notes");
  chain.join(chain.tap, chain.doubles);
  chain.join(chain.doubles, notes);
  REQUIRE(chain.start());
  CHECK(Tap::current()->send("again", 1) == CULVERT_OK);
  CHECK(Tap::current()->send("reject", 2) == CULVERT_OK);
  CHECK(chain.seen.has_line("acked 1 0"));
  CHECK(chain.seen.has_line("acked 2 3"));
  const auto lines = chain.seen.lines();
  CHECK(std::count(lines.begin(), lines.end(), "t/a=again") == 1);
  CHECK(std::count(lines.begin(), lines.end(), "t/a=reject") == 0);
}

TEST_CASE("children: the worst end of any of them is the input's") {
  Chain chain;
  auto& sink = chain.add<RejectsB>("sink");
  chain.join(chain.tap, chain.doubles);
  chain.join(chain.doubles, sink);
  REQUIRE(chain.start());
  CHECK(Tap::current()->send("x", 1) == CULVERT_OK);
  CHECK(chain.seen.has_line("acked 1 3"));
}

TEST_CASE("children: a transform waits while a route of its own is full, and loses nothing") {
  Chain chain;
  auto& notes = chain.add<Notes>("notes");
  chain.join(chain.tap, chain.doubles);
  RouteSpec narrow;
  narrow.limits.max_messages = 2;
  chain.join(chain.doubles, notes, std::move(narrow));
  REQUIRE(chain.start());
  for (uint64_t token = 1; token <= 200; ++token) { REQUIRE(Tap::current()->send("x", token) == CULVERT_OK); }
  CHECK(chain.seen.has_line("acked 200 0"));
  const auto lines = chain.seen.lines();
  CHECK(std::count(lines.begin(), lines.end(), "t/b=x") == 200);
}

}  // namespace culvert::test
