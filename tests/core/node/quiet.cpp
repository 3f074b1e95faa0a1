// SPDX-License-Identifier: MIT
// When a node that was told to quiesce can be relied on to emit nothing more of its own.
#include "tests/core/node/rig.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

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

/// Stands at the door in its first `poll`, and emits behind it; and each time that it is asked again.
class Stands : public culvert::Node {
 public:
  Stands(Host host, const Settings&) : Node{host} {}
  int64_t poll(int64_t now_ns) {
    if (polls_++ == 0) { door()->pass(); }
    const culvert_status status = host().emit(Draft{}.topic("t").payload("late"), 1);
    journal()->note(status == CULVERT_OK ? "emitted" : "refused");
    return now_ns + one_ms_ns;
  }
  void quiesce() { journal()->note("quiet"); }

 private:
  int polls_ = 0;
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

}  // namespace culvert::test
