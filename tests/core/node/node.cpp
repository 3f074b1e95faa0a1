// SPDX-License-Identifier: MIT
#include "core/node/node_thread.hpp"
#include "core/node/token.hpp"
#include "tests/core/node/rig.hpp"

#include <atomic>
#include <stdexcept>
#include <utility>

namespace culvert::test {
namespace {

/// Answers what the payload says: "again" twice AGAIN and then OK, "reject", "throw", "garbage", "pending".
class Obeys : public culvert::Node {
 public:
  Obeys(Host host, const Settings&) : Node{host} { table() = host.raw(); }
  /// As if the plugin had called it.
  static void complete(uint64_t token, culvert_status status) { table()->complete(table(), token, status); }
  static const culvert_host*& table() {
    static const culvert_host* host = nullptr;
    return host;
  }
  culvert_status process(MessageView message, uint64_t token) {
    const std::string text{message.payload()};
    if (text == "throw") { throw std::runtime_error{"as told"}; }
    if (text == "garbage") { return 77; }
    if (text == "reject") { return CULVERT_REJECTED; }
    if (text == "again" && ++agains_ % 3 != 0) { return CULVERT_AGAIN; }
    if (text == "pending") { kept().push_back(token); }
    journal()->note(text);
    return text == "pending" ? CULVERT_PENDING : CULVERT_OK;
  }
  static std::vector<uint64_t>& kept() {
    static std::vector<uint64_t> tokens;
    return tokens;
  }

 private:
  int agains_ = 0;
};

/// Asks for `poll` each millisecond, and counts bursts.
class Polls : public culvert::Node {
 public:
  Polls(Host host, const Settings&) : Node{host} {}
  int64_t poll(int64_t now_ns) {
    journal()->note("poll");
    return ++polls_ == 3 ? CULVERT_DONE : now_ns + one_ms_ns;
  }

 private:
  int polls_ = 0;
};

class CannotStart : public culvert::Node {
 public:
  CannotStart(Host host, const Settings&) : Node{host} {}
  void start() { throw std::runtime_error{"no such device"}; }
};

class CannotBeMade : public culvert::Node {
 public:
  CannotBeMade(Host host, const Settings&) : Node{host} { throw std::runtime_error{"no such option"}; }
};

/// Refuses once, and says `ready` during that very call.
class ReadyAtOnce : public culvert::Node {
 public:
  ReadyAtOnce(Host host, const Settings&) : Node{host} {}
  culvert_status process(MessageView, uint64_t) {
    if (calls_++ == 0) {
      host().ready();
      refused_ns_ = monotonic_ns();
      return CULVERT_AGAIN;
    }
    journal()->note(monotonic_ns() - refused_ns_ < 8 * one_ms_ns ? "at once" : "late");
    return CULVERT_OK;
  }

 private:
  int calls_ = 0;
  int64_t refused_ns_ = 0;
};

/// Refuses "stuck" eight times; each burst of something else ends with a `ready`.
class ReadyInFlush : public culvert::Node {
 public:
  ReadyInFlush(Host host, const Settings&) : Node{host} {}
  culvert_status process(MessageView message, uint64_t) {
    if (message.payload() != "stuck") { return taken_ = true, CULVERT_OK; }
    if (ready_ns_ != 0) {
      journal()->note(monotonic_ns() - ready_ns_ < 200 * one_ms_ns ? "at once" : "late");
      return CULVERT_OK;
    }
    journal()->note("stuck " + std::to_string(++calls_));
    return CULVERT_AGAIN;
  }
  void flush() {
    if (!std::exchange(taken_, false)) { return; }
    ready_ns_ = monotonic_ns();
    host().ready();
  }

 private:
  bool taken_ = false;
  int calls_ = 0;
  int64_t ready_ns_ = 0;
};

/// Fails on the first message, and notes whatever is called afterwards.
class FailsOnce : public culvert::Node {
 public:
  FailsOnce(Host host, const Settings&) : Node{host} {}
  culvert_status process(MessageView, uint64_t) {
    // Asks for `poll`, too.
    host().ready();
    return failed_ = true, CULVERT_FAILED;
  }
  void flush() { note("flush"); }
  int64_t poll(int64_t) { return note("poll"), CULVERT_NEVER; }
  void stop() { journal()->note("stop"); }

 private:
  void note(const char* what) {
    if (failed_) { journal()->note(what); }
  }
  bool failed_ = false;
};

}  // namespace

TEST_CASE("node: a ready after the refusal ends the wait, whenever it comes") {
  Rig rig;
  auto& tap = rig.add<Tap>("tap");
  auto& sink = rig.add<ReadyInFlush>("sink");
  RouteSpec stuck, other;
  stuck.filter = "t";
  rig.join(tap, sink, std::move(stuck));
  other.filter = "other";
  rig.join(tap, sink, std::move(other));
  REQUIRE(rig.start());
  CHECK(Tap::current()->send("stuck") == CULVERT_OK);
  REQUIRE(rig.seen.has_line("stuck 7"));
  Draft draft;
  CHECK(Tap::current()->host().emit(draft.topic("other").payload("x")) == CULVERT_OK);
  CHECK(rig.seen.has_line("at once"));
}

TEST_CASE("node: a plugin that failed is only stopped, nothing else is called") {
  Rig rig;
  auto& tap = rig.add<Tap>("tap");
  auto& sink = rig.add<FailsOnce>("sink");
  rig.join(tap, sink);
  REQUIRE(rig.start());
  CHECK(Tap::current()->send("x") == CULVERT_OK);
  CHECK(rig.becomes(sink, NodeState::failed));
  const auto lines = rig.seen.lines();
  CHECK(std::count(lines.begin(), lines.end(), "stop") == 1);
  CHECK(std::count(lines.begin(), lines.end(), "flush") + std::count(lines.begin(), lines.end(), "poll") == 0);
}

TEST_CASE("node: what has ended before the stop is acknowledged before the stop") {
  for (int round = 0; round < 50; ++round) {
    Rig rig;
    auto& tap = rig.add<Tap>("tap");
    auto& notes = rig.add<Notes>("notes");
    rig.join(tap, notes);
    REQUIRE(rig.start());
    CHECK(Tap::current()->send("x", 1) == CULVERT_OK);
    const int64_t deadline_ns = monotonic_ns() + 5 * one_second_ns;
    while (tap.fanout().outlet_unsettled(0) != 0 && monotonic_ns() < deadline_ns) {}
    tap.stop();
    tap.join();
    const auto lines = rig.seen.lines();
    REQUIRE(std::count(lines.begin(), lines.end(), "acked 1 0") == 1);
  }
}

TEST_CASE("node: messages go from a source's thread to a sink, and the token is acknowledged") {
  Rig rig;
  auto& tap = rig.add<Tap>("tap");
  auto& notes = rig.add<Notes>("notes");
  rig.join(tap, notes);
  REQUIRE(rig.start());
  CHECK(Tap::current()->send("1", 5) == CULVERT_OK);
  CHECK(rig.seen.has_line("t=1"));
  CHECK(rig.seen.has_line("acked 5 0"));
}

TEST_CASE("node: AGAIN is offered again, and those behind it wait") {
  Rig rig;
  auto& tap = rig.add<Tap>("tap");
  auto& sink = rig.add<Obeys>("sink");
  rig.join(tap, sink);
  REQUIRE(rig.start());
  CHECK(Tap::current()->send("again", 1) == CULVERT_OK);
  CHECK(Tap::current()->send("next", 2) == CULVERT_OK);
  CHECK(rig.seen.has_line("acked 2 0"));
  const auto lines = rig.seen.lines();
  CHECK(std::find(lines.begin(), lines.end(), "again") < std::find(lines.begin(), lines.end(), "next"));
}

TEST_CASE("node: REJECTED ends as rejected, and the next message goes on") {
  Rig rig;
  auto& tap = rig.add<Tap>("tap");
  auto& sink = rig.add<Obeys>("sink");
  rig.join(tap, sink);
  REQUIRE(rig.start());
  CHECK(Tap::current()->send("reject", 1) == CULVERT_OK);
  CHECK(Tap::current()->send("next", 2) == CULVERT_OK);
  CHECK(rig.seen.has_line("acked 1 3"));
  CHECK(rig.seen.has_line("acked 2 0"));
  CHECK(sink.rejected() == 1);
}

TEST_CASE("node: a plugin that throws or answers nonsense fails alone") {
  for (const char* bad : {"throw", "garbage"}) {
    Rig rig;
    auto& tap = rig.add<Tap>("tap");
    auto& bad_sink = rig.add<Obeys>("bad");
    auto& good_sink = rig.add<Notes>("good");
    rig.join(tap, bad_sink);
    rig.join(tap, good_sink);
    REQUIRE(rig.start());
    CHECK(Tap::current()->send(bad) == CULVERT_OK);
    CHECK(rig.becomes(bad_sink, NodeState::failed));
    CHECK(Tap::current()->send("after") == CULVERT_OK);
    CHECK(rig.seen.has_line("t=after"));
    CHECK(tap.fanout().unsettled() >= 2);
  }
}

TEST_CASE("node: PENDING settles with its completion; stale, unknown and repeated ones are counted") {
  Rig rig;
  Obeys::kept().clear();
  auto& tap = rig.add<Tap>("tap");
  auto& sink = rig.add<Obeys>("sink");
  rig.join(tap, sink);
  REQUIRE(rig.start());
  CHECK(Tap::current()->send("pending", 9) == CULVERT_OK);
  CHECK(rig.seen.has_line("pending"));
  const uint64_t token = Obeys::kept().at(0);
  const culvert_host* host = Tap::current()->host().raw();
  // The tap's own table knows no such token.
  host->complete(host, token, CULVERT_OK);
  Obeys::complete(token + 1000, CULVERT_OK);
  Obeys::complete(token, 55);
  Obeys::complete(token, CULVERT_OK);
  Obeys::complete(token, CULVERT_OK);
  CHECK(rig.seen.has_line("acked 9 0"));
  rig.nodes.back()->stop();
  rig.nodes.back()->join();
  CHECK(sink.stale_completions() == 3);
}

TEST_CASE("node: a full route answers AGAIN, and room is told once") {
  Rig rig;
  auto& tap = rig.add<Tap>("tap");
  auto& sink = rig.add<Obeys>("sink");
  RouteSpec narrow;
  narrow.limits.max_messages = 1;
  rig.join(tap, sink, std::move(narrow));
  REQUIRE(rig.start());
  Obeys::kept().clear();
  CHECK(Tap::current()->send("pending") == CULVERT_OK);
  CHECK(rig.seen.has_line("pending"));
  CHECK(Tap::current()->send("x") == CULVERT_AGAIN);
  CHECK(Tap::current()->send("x") == CULVERT_AGAIN);
  Obeys::complete(Obeys::kept().at(0), CULVERT_OK);
  CHECK(rig.seen.has_line("room"));
  CHECK(Tap::current()->send("x") == CULVERT_OK);
  CHECK(rig.seen.has_line("x"));
  const auto lines = rig.seen.lines();
  CHECK(std::count(lines.begin(), lines.end(), "room") == 1);
}

TEST_CASE("node: a ready during the call cancels the wait") {
  Rig rig;
  auto& tap = rig.add<Tap>("tap");
  auto& sink = rig.add<ReadyAtOnce>("sink");
  rig.join(tap, sink);
  REQUIRE(rig.start());
  CHECK(Tap::current()->send("1") == CULVERT_OK);
  CHECK(rig.seen.has_line("at once"));
}

TEST_CASE("node: poll is called when it asked to be, and DONE is remembered") {
  Rig rig;
  auto& node = rig.add<Polls>("polls");
  REQUIRE(rig.start());
  CHECK(rig.seen.has(3));
  CHECK(rig.becomes(node, NodeState::running));
}

TEST_CASE("node: what fails in create or start fails the node") {
  Rig rig;
  rig.add<CannotBeMade>("made");
  CHECK_FALSE(rig.start());
  Rig other;
  auto& node = other.add<CannotStart>("started");
  REQUIRE(other.start());
  CHECK(other.becomes(node, NodeState::failed));
}

TEST_CASE("node: after quiesce nothing new is taken from a source") {
  Rig rig;
  auto& tap = rig.add<Tap>("tap");
  auto& notes = rig.add<Notes>("notes");
  rig.join(tap, notes);
  REQUIRE(rig.start());
  CHECK(Tap::current()->send("1", 1) == CULVERT_OK);
  CHECK(rig.seen.has_line("acked 1 0"));
  tap.stop();
  tap.join();
  CHECK(Tap::current()->send("2") == CULVERT_CLOSED);
  CHECK(tap.state() == NodeState::stopped);
}

TEST_CASE("token: what is packed is unpacked, and no token is 0") {
  const Token token{1, 4095, (uint64_t{1} << 40) - 1};
  const Token same = Token::unpack(token.pack());
  CHECK(same.instance == 1);
  CHECK(same.inbox == 4095);
  CHECK(same.number == token.number);
  CHECK(Token{1, 0, 0}.pack() != 0);
}

}  // namespace culvert::test
