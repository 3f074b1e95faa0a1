// SPDX-License-Identifier: MIT
#include "core/channel/outlet.hpp"

#include "core/lib/nng/pair.hpp"
#include "tests/core/channel/rig.hpp"

namespace culvert::test {
namespace {

struct Ends final : Outlet::Listener {
  void on_ended(Parcels::Id parcel, culvert_status status) override { ended.emplace_back(parcel, status); }
  void on_progress() override { doorbell.ring(); }
  void on_due() override { linger.ring(); }
  Parcels::Id on_batch(std::vector<Parcels::Id> members) override { return parcels.join(std::move(members)); }
  std::vector<std::pair<Parcels::Id, culvert_status>> ended;
  Parcels parcels;
  Doorbell doorbell, linger;
};

struct Rig {
  explicit Rig(const OutletLimits& limits = {}) : outlet{limits, 42, budget, guard, ends}, inbox{doorbell} {}
  void connect(uint64_t epoch = 1) {
    const std::string address = fresh_address();
    inbox.open(address, epoch);
    outlet.open(address, epoch);
  }
  void put(std::string_view text, Parcels::Id parcel = Parcels::none) {
    const std::lock_guard lock{guard};
    std::string bytes = entry(text);
    outlet.put(bytes, parcel, monotonic_ns());
  }
  bool settled() {
    return wait_for(ends.doorbell, [&] {
      // An answer that found the path full is told again, as a node's thread does.
      inbox.answer();
      const std::lock_guard lock{guard};
      return outlet.unsettled() == 0;
    });
  }
  Budget budget{24 << 20};
  std::mutex guard;
  Ends ends;
  Outlet outlet;
  Doorbell doorbell;
  Inbox inbox;
};

}  // namespace

TEST_CASE("outlet: messages arrive in order and are kept until they are settled") {
  Rig rig;
  rig.connect();
  std::vector<std::string> sent;
  for (int i = 0; i < 1000; ++i) { rig.put(sent.emplace_back(std::to_string(i)), static_cast<Parcels::Id>(i)); }
  CHECK(rig.outlet.unsettled() == 1000);
  CHECK(deliver(rig.doorbell, rig.inbox, 1000) == sent);
  CHECK(rig.settled());
  REQUIRE(rig.ends.ended.size() == 1000);
  CHECK(rig.ends.ended.back() == std::pair<Parcels::Id, culvert_status>{999, CULVERT_OK});
  CHECK(rig.budget.used() == 0);
}

TEST_CASE("outlet: messages placed before the reader is there go when it comes") {
  Rig rig;
  rig.put("one");
  rig.put("two");
  rig.connect();
  CHECK(deliver(rig.doorbell, rig.inbox, 2) == std::vector<std::string>{"one", "two"});
}

TEST_CASE("outlet: a full queue has no room, and has it again when the reader settles") {
  Rig rig{{.max_messages = 4}};
  rig.connect();
  for (int i = 0; i < 4; ++i) { rig.put("x"); }
  CHECK_FALSE(rig.outlet.has_room(10));
  deliver(rig.doorbell, rig.inbox, 4);
  CHECK(rig.settled());
  CHECK(rig.outlet.has_room(10));
}

TEST_CASE("outlet: a queue is full by bytes too, and an empty one takes a message of any size") {
  Rig rig{{.max_bytes = 1000}};
  CHECK(rig.outlet.has_room(5000));
  rig.put(std::string(5000, 'x'));
  CHECK_FALSE(rig.outlet.has_room(1));
}

TEST_CASE("outlet: the common budget is a limit for all") {
  Rig rig;
  rig.put("x");
  rig.budget.take(24 << 20);
  CHECK_FALSE(rig.outlet.has_room(1));
  rig.budget.give_back(24 << 20);
  CHECK(rig.outlet.has_room(1));
}

TEST_CASE("outlet: drop_newest keeps the oldest, tells of the drop, and the reader sees the gap") {
  Rig rig{{.when_full = WhenFull::drop_newest, .max_messages = 2}};
  for (const char* text : {"1", "2", "3", "4"}) { rig.put(text, 9); }
  CHECK(rig.ends.ended.size() == 2);
  CHECK(rig.ends.ended[0].second == CULVERT_DROPPED);
  rig.connect();
  CHECK(deliver(rig.doorbell, rig.inbox, 2) == std::vector<std::string>{"1", "2"});
  CHECK(rig.settled());
  rig.put("5");
  CHECK(deliver(rig.doorbell, rig.inbox, 1) == std::vector<std::string>{"5"});
  CHECK(rig.inbox.counters().missing == 2);
  CHECK(rig.outlet.counters().dropped == 2);
  CHECK(rig.outlet.counters().dropped_newest == 2);
}

TEST_CASE("outlet: drop_oldest keeps the newest") {
  Rig rig{{.when_full = WhenFull::drop_oldest, .max_messages = 3}};
  for (const char* text : {"1", "2", "3", "4", "5"}) { rig.put(text); }
  rig.connect();
  CHECK(deliver(rig.doorbell, rig.inbox, 3) == std::vector<std::string>{"3", "4", "5"});
  CHECK(rig.outlet.counters().dropped == 2);
  CHECK(rig.outlet.counters().dropped_oldest == 2);
}

TEST_CASE("outlet: drop_oldest leaves alone what is on its way to a slow reader") {
  Rig rig{{.when_full = WhenFull::drop_oldest, .max_messages = 4}};
  rig.connect();
  rig.put("1");
  const uint64_t first = receive(rig.doorbell, rig.inbox);
  for (int i = 2; i <= 20; ++i) { rig.put(std::to_string(i)); }
  CHECK(text_of(rig.inbox, first) == "1");
  rig.inbox.hold(first, false, false, 0);
  rig.inbox.answer();
  const auto rest = deliver(rig.doorbell, rig.inbox, 3);
  CHECK(rest.back() == "20");
  CHECK(rig.settled());
  CHECK(rig.outlet.counters().delivered + rig.outlet.counters().dropped == 20);
}

TEST_CASE("outlet: a new epoch begins with what is unsettled, in order") {
  Rig rig;
  rig.connect(1);
  for (const char* text : {"1", "2", "3", "4"}) { rig.put(text); }
  CHECK(deliver(rig.doorbell, rig.inbox, 2) == std::vector<std::string>{"1", "2"});
  CHECK(wait_for(rig.ends.doorbell, [&] {
    const std::lock_guard lock{rig.guard};
    return rig.outlet.unsettled() == 2;
  }));
  rig.connect(2);
  CHECK(deliver(rig.doorbell, rig.inbox, 2) == std::vector<std::string>{"3", "4"});
  CHECK(rig.settled());
}

TEST_CASE("outlet: while a frame is on its way the next one fills") {
  Rig rig;
  rig.connect();
  rig.put("first");
  const uint64_t first = receive(rig.doorbell, rig.inbox);
  // The reader has the first frame but has not said so: `receive` answers before it looks, so nothing is taken yet.
  for (int i = 0; i < 100; ++i) { rig.put("x"); }
  rig.inbox.hold(first, false, false, 0);
  CHECK(deliver(rig.doorbell, rig.inbox, 100).size() == 100);
  CHECK(rig.settled());
}

TEST_CASE("outlet: a lingering message waits for its time or for a full frame") {
  Rig rig{{.linger_ns = 3600 * one_second_ns}};
  rig.connect();
  rig.put("one");
  CHECK(wait_for(rig.ends.doorbell, [&] {
    rig.inbox.take_arrivals();
    const std::lock_guard lock{rig.guard};
    return rig.outlet.due_ns() != INT64_MAX;
  }));
  rig.inbox.take_arrivals();
  CHECK(rig.inbox.next() == Inbox::nothing);
  {
    const std::lock_guard lock{rig.guard};
    rig.outlet.send_due(rig.outlet.due_ns());
  }
  CHECK(deliver(rig.doorbell, rig.inbox, 1) == std::vector<std::string>{"one"});
}

TEST_CASE("outlet: a rejected message ends as rejected, its neighbours do not") {
  Rig rig;
  rig.connect();
  rig.put("good", 1);
  rig.put("bad", 2);
  rig.put("good", 3);
  receive(rig.doorbell, rig.inbox);
  for (int i = 0; i < 3; ++i) {
    const uint64_t number = receive(rig.doorbell, rig.inbox);
    if (text_of(rig.inbox, number) == "bad") {
      rig.inbox.reject(number, "it is bad");
    } else {
      rig.inbox.hold(number, false, false, 0);
    }
  }
  rig.inbox.answer();
  CHECK(rig.settled());
  CHECK(rig.ends.ended ==
        std::vector<std::pair<Parcels::Id, culvert_status>>{{1, CULVERT_OK}, {2, CULVERT_REJECTED}, {3, CULVERT_OK}});
}

TEST_CASE("outlet: a lingering frame announces when it is due, also after an answer") {
  Rig rig{{.linger_ns = 3600 * one_second_ns}};
  rig.connect();
  rig.put("one");
  const auto due_ns = [&] {
    const std::lock_guard lock{rig.guard};
    return rig.outlet.due_ns();
  };
  CHECK(wait_for(rig.ends.linger, [&] { return rig.inbox.take_arrivals(), due_ns() != INT64_MAX; }));
  rig.ends.linger.wait_until(0);
  {
    const std::lock_guard lock{rig.guard};
    rig.outlet.send_due(rig.outlet.due_ns());
  }
  rig.put("two");
  CHECK(due_ns() == INT64_MAX);
  CHECK(deliver(rig.doorbell, rig.inbox, 1) == std::vector<std::string>{"one"});
  rig.ends.linger.wait_until(monotonic_ns() + 5 * one_second_ns);
  CHECK(due_ns() != INT64_MAX);
}

TEST_CASE("outlet: what a dropping route drops behind a reader that is stuck leaves nothing behind") {
  for (const WhenFull when_full : {WhenFull::drop_newest, WhenFull::drop_oldest}) {
    Rig rig{{.when_full = when_full, .max_messages = 8}};
    rig.connect();
    rig.put("stuck");
    receive(rig.doorbell, rig.inbox);
    for (int i = 0; i < 20'000; ++i) { rig.put("x"); }
    CHECK(rig.outlet.counters().dropped >= 19'990);
    CHECK(rig.outlet.kept() <= 80);
  }
}

TEST_CASE("outlet: drop_oldest in a new epoch begins with the oldest that is left") {
  Rig rig{{.when_full = WhenFull::drop_oldest, .max_messages = 8}};
  rig.connect(1);
  // The first goes alone, the next ones together behind it, as many as may be on their way.
  for (const char* text : {"1", "2", "3", "4"}) { rig.put(text); }
  CHECK(deliver(rig.doorbell, rig.inbox, 2) == std::vector<std::string>{"1", "2"});
  CHECK(wait_for(rig.ends.doorbell, [&] {
    rig.inbox.answer();
    const std::lock_guard lock{rig.guard};
    return rig.outlet.unsettled() == 2;
  }));
  // Nobody answers the second hello yet: all that is left is unsent, and the first frame begins with what has ended.
  Inbox second{rig.doorbell};
  const std::string address = fresh_address();
  second.open(address, 2);
  rig.outlet.open(address, 2);
  for (int i = 5; i <= 14; ++i) { rig.put(std::to_string(i)); }
  CHECK(deliver(rig.doorbell, second, 8) == std::vector<std::string>{"7", "8", "9", "10", "11", "12", "13", "14"});
  CHECK(rig.outlet.counters().dropped == 4);
  CHECK(wait_for(rig.ends.doorbell, [&] {
    second.answer();
    const std::lock_guard lock{rig.guard};
    return rig.outlet.unsettled() == 0;
  }));
}

TEST_CASE("outlet: a range that names what was not sent ends nothing and is counted") {
  std::vector<std::string> frames;
  std::mutex mutex;
  Doorbell arrived;
  Rig rig;
  const std::string address = fresh_address();
  nng::Pair reader{[&](nng::Message message) {
    const std::lock_guard lock{mutex};
    frames.emplace_back(message.bytes());
    arrived.ring();
  }};
  reader.listen(address);
  rig.outlet.open(address, 1);
  const auto send = [&](const std::string& frame) {
    nng::Message message{frame, {}};
    REQUIRE(reader.try_send(message));
  };
  std::string welcome, settled;
  write_welcome(1, {1, 1'000'000, 1}, welcome);
  send(welcome);
  rig.put("sent");
  CHECK(wait_for(arrived, [&] {
    const std::lock_guard lock{mutex};
    return frames.size() == 2;
  }));
  // The credit of one message is used up.
  rig.put("not sent");
  write_settled(1, {{1, 1'000'000, 1}, {{2, UINT64_MAX, CULVERT_OK}, {0, 1, CULVERT_OK}}}, settled);
  send(settled);
  CHECK(wait_for(rig.ends.doorbell, [&] {
    const std::lock_guard lock{rig.guard};
    return rig.outlet.unsettled() == 1;
  }));
  CHECK(rig.outlet.counters().stray_ranges == 1);
}

}  // namespace culvert::test
