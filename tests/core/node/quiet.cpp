// SPDX-License-Identifier: MIT
// When a node that was told to quiesce can be relied on to emit nothing more of its own.
#include "tests/core/node/rig.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

namespace culvert::test {
namespace {

/// Holds a call of a plugin until the test opens it.
class Door {
 public:
  void pass() {
    std::unique_lock lock{mutex_};
    journal()->note("at the door");
    opened_.wait(lock, [this] { return is_open_; });
  }
  void open() {
    {
      const std::lock_guard lock{mutex_};
      is_open_ = true;
    }
    opened_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool is_open_ = false;
};

Door*& door() {
  static Door* current = nullptr;
  return current;
}

/// Stands at the door in its first `poll`, and emits behind it; and once more.
class Stands : public culvert::Node {
 public:
  Stands(Host host, const Settings&) : Node{host} {}
  int64_t poll(int64_t now_ns) {
    const bool is_first = polls_++ == 0;
    if (is_first) { door()->pass(); }
    const culvert_status status = host().emit(Draft{}.topic("t").payload("late"), 1);
    journal()->note(status == CULVERT_OK ? "emitted" : "refused");
    return is_first ? now_ns : CULVERT_NEVER;
  }
  void quiesce() { journal()->note("quiet"); }

 private:
  int polls_ = 0;
};

/// Stands at the door with its first message, and notes each.
class Takes : public culvert::Node {
 public:
  Takes(Host host, const Settings&) : Node{host} {}
  culvert_status process(MessageView message, uint64_t) {
    if (taken_++ == 0) { door()->pass(); }
    journal()->note(std::string{message.payload()});
    return CULVERT_OK;
  }
  void quiesce() { journal()->note("quiet"); }

 private:
  int taken_ = 0;
};

}  // namespace

TEST_CASE("quiet: a node in the middle of a call is not at rest; what it emits before it hears is there by then") {
  Door closed;
  door() = &closed;
  Rig rig;
  auto& node = rig.add<Stands>("stands");
  auto& notes = rig.add<Notes>("notes");
  CHECK(node.is_at_rest());
  rig.join(node, notes);
  REQUIRE(rig.start());
  REQUIRE(rig.seen.has_line("at the door"));
  CHECK_FALSE(node.is_at_rest());
  node.quiesce();
  CHECK_FALSE(node.is_at_rest());
  closed.open();
  REQUIRE(rig.seen.has_line("quiet"));
  REQUIRE(rig.seen.has_line("emitted"));
  REQUIRE(rig.seen.has_line("refused"));
  CHECK(node.is_at_rest());
  CHECK(rig.seen.has_line("t=late"));
  notes.quiesce();
  node.stop();
  node.join();
  CHECK(node.is_at_rest());
}

TEST_CASE(
    "quiet: a node with much to take hears of it before the next message, and one that leads nowhere is at rest") {
  Door closed;
  door() = &closed;
  Rig rig;
  auto& tap = rig.add<Tap>("tap");
  auto& node = rig.add<Takes>("takes");
  const std::size_t route = rig.join(tap, node);
  REQUIRE(rig.start());
  // They come together, so that one step could take them all.
  tap.fanout().pause(route, true);
  for (const char* const text : {"1", "2", "3"}) { REQUIRE(Tap::current()->send(text, 1) == CULVERT_OK); }
  tap.fanout().pause(route, false);
  REQUIRE(rig.seen.has_line("at the door"));
  node.quiesce();
  CHECK_FALSE(node.is_quiet());
  CHECK(node.is_at_rest());
  closed.open();
  REQUIRE(rig.seen.has_line("3"));
  std::vector<std::string> told = rig.seen.lines();
  std::erase_if(told, [](const std::string& line) { return line == "state" || line.starts_with("acked"); });
  CHECK(told == std::vector<std::string>{"at the door", "1", "quiet", "2", "3"});
}

}  // namespace culvert::test
