// SPDX-License-Identifier: MIT
// Routes that gather: what waits in a batch counts in every limit of the queue.
#include "tests/core/channel/batch_rig.hpp"

namespace culvert::test {

TEST_CASE("fanout batch: what gathers counts in the queue, which blocks when it is full, and gathers no more then") {
  BatchRig rig;
  Inbox& inbox = rig.add(gathering(100, 4));
  rig.emit_tokens(4);
  CHECK(rig.is_silent(inbox));
  CHECK(rig.emit("5", 5) == CULVERT_AGAIN);
  CHECK_FALSE(rig.fanout.has_room());
  CHECK(deliver(rig.arrival, inbox, 1) == Texts{"[1,2,3,4]"});
  CHECK(wait_for(rig.doorbell, [&] { return rig.fanout.has_room(); }));
  CHECK(rig.emit("5", 5) == CULVERT_OK);
  CHECK(rig.ends(4).size() == 4);
}

TEST_CASE("fanout batch: a full queue gathers no more as soon as somebody asks for room, too") {
  BatchRig rig;
  Inbox& inbox = rig.add(gathering(100, 4));
  rig.emit_tokens(4);
  CHECK_FALSE(rig.fanout.has_room());
  CHECK(deliver(rig.arrival, inbox, 1) == Texts{"[1,2,3,4]"});
}

TEST_CASE("fanout batch: it counts in the queue's bytes and in the common budget, too") {
  BatchRig rig;
  RouteSpec spec = gathering(100);
  spec.limits.max_bytes = 1000;
  Inbox& inbox = rig.add(std::move(spec));
  const std::string text(300, 'x');
  for (int i = 0; i < 2; ++i) { CHECK(rig.emit(text) == CULVERT_OK); }
  CHECK(rig.budget.used() > 600);
  for (int i = 0; i < 2; ++i) { (void)rig.emit(text); }
  CHECK(rig.budget.used() <= 1000);
  CHECK(deliver(rig.arrival, inbox, 1).size() == 1);
  CHECK(rig.settled());
  CHECK(rig.budget.used() == 0);
  rig.emit(text);
  rig.budget.take(24 << 20);
  CHECK(rig.emit(text) == CULVERT_AGAIN);
  CHECK(deliver(rig.arrival, inbox, 1).size() == 1);
  rig.budget.give_back(24 << 20);
}

TEST_CASE("fanout batch: open batches of many topics that fill the queue leave, although none is full") {
  BatchRig rig;
  Inbox& inbox = rig.add(gathering(100, 8));
  for (int i = 0; i < 8; ++i) { CHECK(rig.emit("1", 0, "t" + std::to_string(i)) == CULVERT_OK); }
  CHECK(rig.emit("2", 0, "t0") == CULVERT_AGAIN);
  CHECK(deliver(rig.arrival, inbox, 8) == Texts(8, "[1]"));
}

TEST_CASE("fanout batch: drop_newest drops messages, not batches, and counts each") {
  for (const bool required : {true, false}) {
    BatchRig rig;
    RouteSpec spec = gathering(3, 4, WhenFull::drop_newest);
    spec.required = required;
    Inbox& inbox = rig.add(std::move(spec));
    rig.emit_tokens(10);
    CHECK(rig.fanout.outlet_counters(0).dropped == 6);
    CHECK(deliver(rig.arrival, inbox, 2) == Texts{"[1,2,3]", "[4]"});
    CHECK(rig.settled());
    CHECK(rig.fanout.outlet_counters(0).delivered == 4);
    const auto ends = rig.ends(10);
    REQUIRE(ends.size() == 10);
    const auto dropped =
        std::count_if(ends.begin(), ends.end(), [](const Ended& end) { return end.status == CULVERT_DROPPED; });
    CHECK(dropped == (required ? 6 : 0));
  }
}

TEST_CASE("fanout batch: drop_oldest drops the oldest batch that was not sent, with all that is in it") {
  BatchRig rig;
  // No reader: nothing is sent.
  rig.fanout.add(gathering(2, 4, WhenFull::drop_oldest));
  rig.emit_tokens(7);
  CHECK(rig.fanout.outlet_counters(0).dropped == 4);
  const auto dropped = rig.ends(4);
  REQUIRE(dropped.size() == 4);
  for (const Ended& end : dropped) { CHECK(end.status == CULVERT_DROPPED); }
  const std::string address = fresh_address();
  Inbox inbox{rig.arrival};
  inbox.open(address, 1);
  rig.fanout.open(0, address, 1);
  CHECK(deliver(rig.arrival, inbox, 1) == Texts{"[5,6]"});
  CHECK(rig.ends(2).size() == 2);
  CHECK(rig.fanout.outlet_unsettled(0) == 1);
}

TEST_CASE("fanout batch: drop_oldest leaves half of the queue unsent behind a slow reader, counted in messages") {
  BatchRig rig;
  Inbox& inbox = rig.add(gathering(4, 16, WhenFull::drop_oldest));
  const auto emit = [&](int first, int last) {
    for (int i = first; i <= last; ++i) { CHECK(rig.emit(std::to_string(i)) == CULVERT_OK); }
  };
  emit(1, 4);
  const uint64_t first = receive(rig.arrival, inbox);
  emit(5, 16);
  inbox.hold(first, false, false, 0);
  // Two of the three that waited may be on their way; the third is the oldest that can be dropped.
  const uint64_t second = receive(rig.arrival, inbox);
  REQUIRE(wait_for(rig.doorbell, [&] { return inbox.answer(), rig.fanout.outlet_unsettled(0) == 12; }));
  emit(17, 24);
  CHECK(rig.fanout.outlet_counters(0).dropped == 4);
  CHECK(inbox.next() == second);
  CHECK(deliver(rig.arrival, inbox, 4) == Texts{"[5,6,7,8]", "[9,10,11,12]", "[17,18,19,20]", "[21,22,23,24]"});
}

}  // namespace culvert::test
