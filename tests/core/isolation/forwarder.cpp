// SPDX-License-Identifier: MIT
// What a child emits, through a socket and the forwarder, to the routes of its node.
#include "core/isolation/forwarder.hpp"

#include "core/channel/socket_pair.hpp"
#include "tests/core/channel/batch_rig.hpp"

#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace culvert::isolation {
namespace {

using test::Texts;

constexpr int64_t patience_ns = 60 * one_second_ns;

/// The node's side of a child: its fan-out, with the one route that leads to the runtime.
struct Child {
  explicit Child(std::size_t queue) : fanout{"boiler", "edge", 1, budget, doorbell} {
    RouteSpec out;
    out.marks_unfollowed = true;
    out.limits.max_messages = queue;
    fanout.add(std::move(out));
  }
  culvert_status emit(std::string_view text, uint64_t token = 0) {
    return fanout.emit(test::payload("t", text), {token == 0 ? Origin::Kind::nobody : Origin::Kind::token, token});
  }
  /// Whether all that is not settled is on its way.
  bool has_sent_all() {
    const OutletStatus status = fanout.outlet_status(0);
    return status.in_flight == status.messages;
  }
  /// Looks until it holds. False when that takes too long.
  template <class Condition>
  bool wait(Condition condition) {
    for (const int64_t deadline_ns = monotonic_ns() + patience_ns; !condition();) {
      if (monotonic_ns() >= deadline_ns) { return false; }
      doorbell.wait_until(monotonic_ns() + 5 * one_ms_ns);
    }
    return true;
  }
  /// What it was told of the ends of its tokens since the last time.
  std::vector<Ended> ends() {
    std::vector<Ended> told;
    fanout.take_ended(told);
    return told;
  }
  /// Whether so many were told, after which nothing is unsettled.
  bool hears(std::size_t count) {
    std::size_t heard = 0;
    return wait([&] { return (heard += ends().size()) >= count && fanout.unsettled() == 0; });
  }

  Budget budget{24 << 20};
  Doorbell doorbell;
  Fanout fanout;
};

/// One route behind the forwarder, and who reads it.
struct Reader {
  void open(Forwarder& forwarder, RouteSpec spec) {
    const std::string address = test::fresh_address();
    inbox.open(address, 1);
    forwarder.fanout().open(forwarder.fanout().add(std::move(spec)), address, 1);
  }
  /// The payload of the next message, which is taken for delivered.
  std::string next() {
    for (const int64_t deadline_ns = monotonic_ns() + patience_ns; monotonic_ns() < deadline_ns;) {
      inbox.take_arrivals();
      const uint64_t number = inbox.next();
      if (number != Inbox::nothing) {
        std::string text = test::text_of(inbox, number);
        inbox.hold(number, false, false, 0);
        inbox.answer();
        return text;
      }
      inbox.answer();
      arrival.wait_until(monotonic_ns() + 5 * one_ms_ns);
    }
    return "(nothing came)";
  }
  Texts next(std::size_t count) {
    Texts texts;
    while (texts.size() < count) { texts.push_back(next()); }
    return texts;
  }
  Doorbell arrival;
  Inbox inbox{arrival};
};

struct Rig {
  Rig() { forwarder.emplace("boiler", "edge", 42, budget, nullptr); }
  /// A child may have so many messages unsettled, beyond those of any inbox.
  void start(std::size_t queue) {
    window.messages += queue;
    forwarder->start(window);
  }
  /// The next child, joined to the forwarder.
  std::unique_ptr<Child> child() {
    auto made = std::make_unique<Child>(window.messages);
    auto [ours, its] = connected_sockets();
    forwarder->open(std::move(ours), ++epoch);
    made->fanout.open(0, std::move(its), epoch);
    return made;
  }
  Budget budget{24 << 20};
  Forwarder::Window window;
  uint64_t epoch = 0;
  std::optional<Forwarder> forwarder;
};

RouteSpec bounded(std::size_t messages, WhenFull when_full = WhenFull::block) {
  RouteSpec spec;
  spec.limits.max_messages = messages;
  spec.limits.when_full = when_full;
  return spec;
}

/// "0", "1" and so on.
Texts numbers(std::size_t count) {
  Texts texts;
  while (texts.size() < count) { texts.push_back(std::to_string(texts.size())); }
  return texts;
}

}  // namespace

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
