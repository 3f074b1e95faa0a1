// SPDX-License-Identifier: MIT
// What a child emits, through a socket and the forwarder, to the routes of its node.
#include "tests/core/isolation/rig.hpp"

namespace culvert::isolation {

TEST_CASE("forwarder: a message that nobody follows is settled when it is placed, any other when its routes end it") {
  Reader reader;
  Rig rig;
  reader.open(*rig.forwarder, bounded(100));
  rig.start(100);
  const auto child = rig.child();
  CHECK(child->emit("followed", 7) == CULVERT_OK);
  CHECK(child->emit("unfollowed") == CULVERT_OK);
  // One of the two is the queue's, and both are the reader's, who says nothing yet.
  REQUIRE(child->wait([&] { return child->fanout.outlet_unsettled(0) == 1; }));
  CHECK(rig.forwarder->fanout().outlet_unsettled(0) == 2);
  CHECK(child->ends().empty());
  CHECK(reader.next(2) == Texts{"followed", "unfollowed"});
  std::vector<Ended> ends;
  REQUIRE(child->wait([&] { return !(ends = child->ends()).empty(); }));
  REQUIRE(ends.size() == 1);
  CHECK(ends[0].origin.number == 7);
  CHECK(ends[0].status == CULVERT_OK);
  CHECK(child->fanout.unsettled() == 0);
}

TEST_CASE("forwarder: of a followed message the worst end on its routes is told, once the last has ended it") {
  Reader one, other;
  Rig rig;
  one.open(*rig.forwarder, bounded(100));
  other.open(*rig.forwarder, bounded(100));
  rig.start(100);
  const auto child = rig.child();
  CHECK(child->emit("a", 1) == CULVERT_OK);
  const uint64_t number = test::receive(one.arrival, one.inbox);
  REQUIRE(number != Inbox::nothing);
  one.inbox.reject(number, "no taste");
  one.inbox.answer();
  // That has come through when the route is empty.
  REQUIRE(child->wait([&] { return rig.forwarder->fanout().outlet_unsettled(0) == 0; }));
  CHECK(child->fanout.outlet_unsettled(0) == 1);
  CHECK(other.next() == "a");
  std::vector<Ended> ends;
  REQUIRE(child->wait([&] { return !(ends = child->ends()).empty(); }));
  REQUIRE(ends.size() == 1);
  CHECK(ends[0].status == CULVERT_REJECTED);
}

TEST_CASE("forwarder: a route that drops for a sink that is away keeps the others from nothing") {
  Reader reader;
  Rig rig;
  reader.open(*rig.forwarder, bounded(2000));
  // Nobody is there to read this one.
  const std::size_t away = rig.forwarder->fanout().add(bounded(10, WhenFull::drop_oldest));
  rig.start(2000);
  const auto child = rig.child();
  for (const std::string& text : numbers(1000)) { REQUIRE(child->emit(text) == CULVERT_OK); }
  CHECK(reader.next(1000) == numbers(1000));
  REQUIRE(child->wait([&] { return child->fanout.unsettled() == 0; }));
  const OutletStatus status = rig.forwarder->fanout().outlet_status(away);
  CHECK(status.counters.placed == 1000);
  CHECK(status.counters.dropped_oldest == 990);
  CHECK(status.messages == 10);
}

TEST_CASE("forwarder: a message that its route holds for ever keeps as few others from coming as in process") {
  constexpr std::size_t many = 20'000;
  Reader reader;
  Rig rig;
  reader.open(*rig.forwarder, bounded(100));
  const std::size_t away = rig.forwarder->fanout().add(bounded(10, WhenFull::drop_oldest));
  // Its reader takes what it is sent, and never says another word.
  Doorbell arrival;
  Inbox silent{arrival};
  const std::string address = test::fresh_address();
  silent.open(address, 1);
  rig.forwarder->fanout().open(away, address, 1);
  rig.start(110);
  const auto child = rig.child();
  REQUIRE(child->emit("0", 1) == CULVERT_OK);
  REQUIRE(test::receive(arrival, silent) != Inbox::nothing);
  std::size_t emitted = 1, dropped = 0;
  Texts texts;
  while (texts.size() < many) {
    while (emitted < many && child->emit(std::to_string(emitted), emitted + 1) == CULVERT_OK) { ++emitted; }
    texts.push_back(reader.next());
    REQUIRE(texts.back() == std::to_string(texts.size() - 1));
    for (const Ended& end : child->ends()) {
      CHECK(end.status == CULVERT_DROPPED);
      ++dropped;
    }
  }
  REQUIRE(child->wait([&] { return (dropped += child->ends().size()) >= many - 10; }));
  CHECK(child->fanout.outlet_unsettled(0) == 10);
  CHECK(rig.forwarder->fanout().outlet_status(away).counters.dropped == many - 10);
}

TEST_CASE("forwarder: a batch of more messages than an inbox holds leaves when it is full, with tokens and without") {
  constexpr std::size_t count = 1000;
  static_assert(count > Inbox::window_messages);
  for (const bool follows : {false, true}) {
    CAPTURE(follows);
    Reader reader;
    Rig rig;
    // Nothing but being full closes it within the hour.
    const RouteSpec spec = test::gathering(count);
    const std::size_t queue = spec.limits.max_messages;
    reader.open(*rig.forwarder, spec);
    rig.start(queue);
    const auto child = rig.child();
    std::string whole = "[";
    for (std::size_t number = 1; number <= count; ++number) {
      const std::string text = std::to_string(number);
      REQUIRE(child->emit(text, follows ? number : 0) == CULVERT_OK);
      whole.append(number == 1 ? "" : ",").append(text);
    }
    CHECK(reader.next() == whole + ']');
    CHECK(child->hears(follows ? count : 0));
  }
}

TEST_CASE("forwarder: without room on a route the child waits, and goes on in order once there is some") {
  Reader reader;
  Rig rig;
  reader.open(*rig.forwarder, bounded(8));
  rig.start(8);
  const auto child = rig.child();
  std::size_t emitted = 0;
  const auto emit_all = [&] {
    while (child->emit(std::to_string(emitted)) == CULVERT_OK) { ++emitted; }
    return emitted;
  };
  // Nobody reads: eight are placed, which nobody follows, and as many as the window takes wait.
  const std::size_t before = 8 + rig.window.messages;
  REQUIRE(child->wait([&] { return emit_all() >= before; }));
  CHECK(emitted == before);
  CHECK(rig.forwarder->taken(1) == 8);
  Texts texts = reader.next(before);
  REQUIRE(child->wait([&] { return emit_all() >= before + 100; }));
  for (const std::string& text : reader.next(emitted - before)) { texts.push_back(text); }
  CHECK(texts == numbers(emitted));
  CHECK(child->wait([&] { return child->fanout.unsettled() == 0; }));
}

}  // namespace culvert::isolation
