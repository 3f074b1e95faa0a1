// SPDX-License-Identifier: MIT
// What becomes of what a child had emitted when it ends, and how it is told that it has.
#include "tests/core/isolation/rig.hpp"

#include <unistd.h>

namespace culvert::isolation {

TEST_CASE("forwarder: what had arrived when the child ended is placed before the next one's begins") {
  Reader reader;
  Rig rig;
  reader.open(*rig.forwarder, bounded(4));
  rig.start(100);
  auto first = rig.child();
  for (const std::string& text : numbers(20)) { REQUIRE(first->emit(text) == CULVERT_OK); }
  // All are on their way, of which four find room.
  REQUIRE(first->wait([&] { return first->has_sent_all(); }));
  REQUIRE(first->wait([&] { return rig.forwarder->taken(1) == 4; }));
  first.reset();
  rig.forwarder->end_input();
  const auto second = rig.child();
  CHECK(second->emit("new", 1) == CULVERT_OK);
  Texts expected = numbers(20);
  expected.emplace_back("new");
  CHECK(reader.next(21) == expected);
  CHECK(second->hears(1));
  CHECK(rig.forwarder->taken(1) == 0);
  CHECK(rig.forwarder->taken(2) == 1);
}

TEST_CASE("forwarder: what a child had emitted goes its way although another process still holds its socket") {
  Reader reader;
  Rig rig;
  reader.open(*rig.forwarder, bounded(100));
  rig.start(100);
  auto first = std::make_unique<Child>(100);
  auto [ours, its] = connected_sockets();
  const Descriptor held{dup(its.get())};
  rig.forwarder->open(std::move(ours), ++rig.epoch);
  first->fanout.open(0, std::move(its), rig.epoch);
  CHECK(first->emit("old", 1) == CULVERT_OK);
  REQUIRE(first->wait([&] { return rig.forwarder->taken(1) == 1; }));
  first.reset();
  rig.forwarder->end_input();
  const auto second = rig.child();
  CHECK(second->emit("new", 1) == CULVERT_OK);
  CHECK(reader.next(2) == Texts{"old", "new"});
  CHECK(second->hears(1));
}

TEST_CASE("forwarder: it knows how many of a child's messages have ended, and the child when it was told of them") {
  Reader reader;
  Rig rig;
  reader.open(*rig.forwarder, bounded(100));
  rig.start(100);
  const auto child = rig.child();
  for (const char* const text : {"one", "two", "three"}) { REQUIRE(child->emit(text, 1) == CULVERT_OK); }
  REQUIRE(child->wait([&] { return rig.forwarder->taken(1) == 3; }));
  CHECK((rig.forwarder->ended(1) == 0 && child->fanout.ended(0) == 0));
  CHECK(reader.next(2) == Texts{"one", "two"});
  CHECK(child->wait([&] { return rig.forwarder->ended(1) == 2; }));
  CHECK(child->wait([&] { return child->fanout.ended(0) == 2; }));
  CHECK(child->ends().size() == 2);
  // What nobody waits for has ended once it is placed.
  REQUIRE(child->emit("four") == CULVERT_OK);
  CHECK(child->wait([&] { return rig.forwarder->ended(1) == 3; }));
  CHECK(rig.forwarder->ended(2) == 0);
}

TEST_CASE("forwarder: a channel that its child has closed or spoiled is told, until the next one") {
  for (const std::string_view last : {"", "\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5"}) {
    CAPTURE(last.size());
    Reader reader;
    Rig rig;
    reader.open(*rig.forwarder, bounded(100));
    rig.start(100);
    auto [ours, its] = connected_sockets();
    rig.forwarder->open(std::move(ours), ++rig.epoch);
    CHECK_FALSE(rig.forwarder->is_cut());
    // With nothing more to say it is closed.
    if (last.empty()) { its = {}; }
    if (!last.empty()) { REQUIRE(write(its.get(), last.data(), last.size()) == static_cast<ssize_t>(last.size())); }
    Doorbell never;
    for (const int64_t deadline_ns = monotonic_ns() + patience_ns;
         !rig.forwarder->is_cut() && monotonic_ns() < deadline_ns;) {
      never.wait_until(monotonic_ns() + one_ms_ns);
    }
    CHECK(rig.forwarder->is_cut());
    rig.forwarder->end_input();
    const auto child = rig.child();
    CHECK(child->emit("new", 1) == CULVERT_OK);
    CHECK(reader.next() == "new");
    CHECK(child->hears(1));
    CHECK_FALSE(rig.forwarder->is_cut());
  }
}

TEST_CASE("fanout: a route whose reader's process is gone is told, until it is closed or opened again") {
  Child child{100};
  auto [ours, its] = connected_sockets();
  CHECK_FALSE(child.fanout.is_cut(0));
  child.fanout.open(0, std::move(ours), 1);
  CHECK_FALSE(child.fanout.is_cut(0));
  its = {};
  CHECK(child.wait([&] { return child.fanout.is_cut(0); }));
  child.fanout.close(0);
  CHECK_FALSE(child.fanout.is_cut(0));
}

TEST_CASE("forwarder: what finds no room before the end is counted") {
  Reader reader;
  Rig rig;
  reader.open(*rig.forwarder, bounded(4));
  rig.start(100);
  auto child = rig.child();
  for (const std::string& text : numbers(20)) { REQUIRE(child->emit(text) == CULVERT_OK); }
  REQUIRE(child->wait([&] { return child->has_sent_all(); }));
  REQUIRE(child->wait([&] { return rig.forwarder->taken(1) == 4; }));
  child.reset();
  rig.forwarder->end_input();
  CHECK(rig.forwarder->stop() == 16);
}

}  // namespace culvert::isolation
