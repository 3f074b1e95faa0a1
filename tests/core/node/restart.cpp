// SPDX-License-Identifier: MIT
// A node whose instance fails makes a new one: what that is offered, and what it does not hear.
#include "tests/core/node/lives.hpp"

#include <stdexcept>

namespace culvert::test {
namespace {

/// Notes each payload with the number of its life. The first two lives throw at their second message.
class Throws : public Lives {
 public:
  Throws(Host host, const Settings&) : Lives{host} {}
  ~Throws() { journal()->note("destroy " + std::to_string(life)); }
  void stop() { journal()->note("stop " + std::to_string(life)); }
  culvert_status process(MessageView message, uint64_t) {
    if (life <= 2 && ++taken_ == 2) {
      host().warn("what came before");
      throw std::runtime_error{"as told"};
    }
    journal()->note(std::to_string(life) + ": " + std::string{message.payload()});
    return CULVERT_OK;
  }

 private:
  int taken_ = 0;
};

/// Takes all as PENDING. The first life fails when it is sent "fail", with all of it on its hands.
class Holds : public Lives {
 public:
  Holds(Host host, const Settings&) : Lives{host} {}
  culvert_status process(MessageView message, uint64_t token) {
    if (life == 1 && message.payload() == "fail") { return CULVERT_FAILED; }
    if (life == 1) { old_tokens().push_back(token); }
    journal()->note(std::to_string(life) + ": " + std::string{message.payload()});
    tokens_.push_back(token);
    return CULVERT_PENDING;
  }
  void flush() {
    if (life == 1) { return; }
    // The messages are held again; what the first life says of them now is nobody's.
    for (const uint64_t token : old_tokens()) { host().complete(token, CULVERT_REJECTED); }
    old_tokens().clear();
    for (const uint64_t token : tokens_) { host().complete(token, CULVERT_OK); }
    tokens_.clear();
  }
  static std::vector<uint64_t>& old_tokens() {
    static std::vector<uint64_t> kept;
    return kept;
  }

 private:
  std::vector<uint64_t> tokens_;
};

/// A source that emits its life with the token 7, and fails when it is polled for the second time.
class Emits : public Lives {
 public:
  Emits(Host host, const Settings&) : Lives{host} {}
  int64_t poll(int64_t) {
    if (life == 1 && polls_++ == 1) { throw std::runtime_error{"as told"}; }
    if (is_new_) {
      is_new_ = false;
      host().emit(Draft{}.payload(std::to_string(life)), 7);
    }
    return CULVERT_NEVER;
  }
  void acked(uint64_t token, culvert_status) {
    journal()->note(std::to_string(life) + " acked " + std::to_string(token));
  }

 private:
  bool is_new_ = true;
  int polls_ = 0;
};

/// Takes nothing until the test lets it, then everything.
class Gated : public culvert::Node {
 public:
  Gated(Host host, const Settings&) : Node{host} { is_open() = false; }
  culvert_status process(MessageView message, uint64_t) {
    if (!is_open()) { return journal()->note("gated"), CULVERT_AGAIN; }
    journal()->note("got " + std::string{message.payload()});
    return CULVERT_OK;
  }
  static std::atomic<bool>& is_open() {
    static std::atomic<bool> open{false};
    return open;
  }
};

/// One child for each input, but for "fail".
class Passes : public Lives {
 public:
  Passes(Host host, const Settings&) : Lives{host} {}
  culvert_status process(MessageView message, uint64_t) {
    if (life == 1 && message.payload() == "fail") { return CULVERT_FAILED; }
    journal()->note("passes " + std::string{message.payload()});
    return host().emit(message);
  }
};

std::size_t at(const std::vector<std::string>& lines, const std::string& line) {
  return static_cast<std::size_t>(std::find(lines.begin(), lines.end(), line) - lines.begin());
}

}  // namespace

TEST_CASE("restart: a sink that throws is made anew, and gets the message that it threw at, and those behind it") {
  Retrying rig;
  auto& tap = rig.add<Tap>("tap");
  auto& sink = rig.add<Throws>("sink");
  rig.join(tap, sink);
  REQUIRE(rig.start());
  for (const char* payload : {"a", "b", "c", "d"}) { REQUIRE(Tap::current()->send(payload, 1) == CULVERT_OK); }
  REQUIRE(rig.seen.has_line("3: d"));
  const auto lines = rig.seen.lines();
  std::vector<std::string> taken;
  for (const std::string& line : lines) {
    if (line.find(": ") != std::string::npos) { taken.push_back(line); }
  }
  CHECK(taken == std::vector<std::string>{"1: a", "2: b", "3: c", "3: d"});
  // Each instance is stopped and destroyed before the next one takes anything.
  CHECK(at(lines, "stop 1") < at(lines, "destroy 1"));
  CHECK(at(lines, "destroy 1") < at(lines, "2: b"));
  CHECK(at(lines, "destroy 2") < at(lines, "3: c"));
  const NodeStatus status = sink.status();
  CHECK(status.state == NodeState::running);
  CHECK(status.reason.empty());
  CHECK(status.restarts == 2);
  CHECK_FALSE(status.quarantined);
  CHECK_FALSE(status.next_try_ns);
  REQUIRE(status.last_failure);
  CHECK(status.last_failure->reason == "as told");
  CHECK(status.last_failure->ago_ns >= 0);
  CHECK_FALSE(sink.is_gone());
}

TEST_CASE(
    "restart: what the last instance had not finished is offered again in order, and it may not end it any more") {
  Retrying rig;
  Holds::old_tokens().clear();
  auto& tap = rig.add<Tap>("tap");
  auto& sink = rig.add<Holds>("sink");
  rig.join(tap, sink);
  REQUIRE(rig.start());
  for (uint64_t token = 1; token <= 3; ++token) {
    REQUIRE(Tap::current()->send(std::to_string(token), token) == CULVERT_OK);
  }
  REQUIRE(rig.seen.has_line("1: 3"));
  REQUIRE(Tap::current()->send("fail", 4) == CULVERT_OK);
  for (const char* line : {"acked 1 0", "acked 2 0", "acked 3 0", "acked 4 0"}) { CHECK(rig.seen.has_line(line)); }
  const auto lines = rig.seen.lines();
  CHECK(at(lines, "2: 1") < at(lines, "2: 2"));
  CHECK(at(lines, "2: 2") < at(lines, "2: 3"));
  CHECK(at(lines, "2: 3") < at(lines, "2: fail"));
  CHECK(sink.stale_completions() == 3);
  CHECK(sink.rejected() == 0);
}

TEST_CASE("restart: a source hears of its own messages, not of those of the instance before it") {
  Retrying rig;
  auto& source = rig.add<Emits>("source");
  auto& sink = rig.add<Gated>("sink");
  rig.join(source, sink);
  REQUIRE(rig.start());
  REQUIRE(rig.seen.has_line("gated"));
  hosts()[1]->ready(hosts()[1]);
  REQUIRE(fails(rig, source));
  Gated::is_open() = true;
  CHECK(rig.seen.has_line("got 1"));
  CHECK(rig.seen.has_line("got 2"));
  CHECK(rig.seen.has_line("2 acked 7"));
  source.stop();
  source.join();
  const auto lines = rig.seen.lines();
  CHECK(std::count(lines.begin(), lines.end(), "1 acked 7") == 0);
  CHECK(std::count(lines.begin(), lines.end(), "2 acked 7") == 1);
}

TEST_CASE("restart: an input that waits only for its children is theirs to end, and is not offered again") {
  Retrying rig;
  auto& tap = rig.add<Tap>("tap");
  auto& passes = rig.add<Passes>("passes", true);
  auto& sink = rig.add<Gated>("sink");
  rig.join(tap, passes);
  rig.join(passes, sink);
  REQUIRE(rig.start());
  REQUIRE(Tap::current()->send("x", 1) == CULVERT_OK);
  REQUIRE(rig.seen.has_line("gated"));
  REQUIRE(Tap::current()->send("fail", 2) == CULVERT_OK);
  REQUIRE(rig.seen.has_line("passes fail"));
  Gated::is_open() = true;
  CHECK(rig.seen.has_line("acked 1 0"));
  CHECK(rig.seen.has_line("acked 2 0"));
  const auto lines = rig.seen.lines();
  CHECK(std::count(lines.begin(), lines.end(), "passes x") == 1);
  CHECK(std::count(lines.begin(), lines.end(), "got x") == 1);
}

TEST_CASE("restart: what an ended instance still says is its own: it emits nothing, and its successor does not fail") {
  Retrying rig;
  auto& tap = rig.add<Tap>("tap");
  auto& sink = rig.add<Throws>("sink");
  auto& notes = rig.add<Notes>("notes");
  rig.join(tap, sink);
  rig.join(sink, notes);
  REQUIRE(rig.start());
  for (const char* payload : {"a", "b", "c"}) { REQUIRE(Tap::current()->send(payload) == CULVERT_OK); }
  REQUIRE(rig.seen.has_line("3: c"));
  const culvert_host* const old = hosts()[1];
  REQUIRE(old != hosts()[3]);
  Draft draft;
  draft.topic("t").payload("late");
  CHECK(old->emit(old, &draft.raw(), 0) == CULVERT_CLOSED);
  old->set_link(old, CULVERT_LINK_CONNECTING, text("late"));
  old->report(old, CULVERT_FAILED, text("late"));
  const NodeStatus status = sink.status();
  CHECK(status.refused == 1);
  CHECK_FALSE(status.link);
  CHECK(status.reason.empty());
  draft.payload("new");
  CHECK(hosts()[3]->emit(hosts()[3], &draft.raw(), 0) == CULVERT_OK);
  CHECK(rig.seen.has_line("t=new"));
  CHECK(sink.state() == NodeState::running);
}

TEST_CASE("restart: while it waits the status has the reason, when it is tried next, and what was logged before") {
  Retrying rig;
  auto& tap = rig.add<Tap>("tap");
  auto& sink = rig.add<Throws>("sink");
  rig.join(tap, sink);
  REQUIRE(rig.start());
  NodeStatus seen;
  const auto look = [&] {
    seen = sink.status();
    return seen.state == NodeState::failed && seen.next_try_ns.has_value();
  };
  for (const char* payload : {"a", "b", "c"}) { REQUIRE(Tap::current()->send(payload) == CULVERT_OK); }
  const int64_t deadline_ns = monotonic_ns() + 30 * one_second_ns;
  while (!look() && sink.status().restarts < 2 && monotonic_ns() < deadline_ns) { std::this_thread::yield(); }
  // A machine that was away for both waits has seen neither.
  if (seen.next_try_ns) {
    CHECK(*seen.next_try_ns <= RestartPolicy::first_wait_ns * 2);
    CHECK(seen.reason == "as told");
    CHECK(seen.uptime_ns == 0);
  }
  REQUIRE(rig.seen.has_line("3: c"));
  CHECK(sink.status().last_failure->reason == "as told");
}

}  // namespace culvert::test
