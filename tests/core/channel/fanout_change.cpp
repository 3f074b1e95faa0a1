// SPDX-License-Identifier: MIT
// Routes that come, change and go while their node runs.
#include "tests/core/channel/rig.hpp"

namespace culvert::test {
namespace {

struct Rig {
  std::size_t add(RouteSpec spec, bool is_dormant = false) {
    const std::size_t route = fanout.add(std::move(spec), {}, is_dormant);
    inboxes.push_back(std::make_unique<Inbox>(arrival));
    join(route, *inboxes.back());
    return route;
  }
  void join(std::size_t route, Inbox& inbox) {
    const std::string address = fresh_address();
    inbox.open(address, 1);
    fanout.open(route, address, 1);
  }
  culvert_status emit(std::string_view text, uint64_t token = 0, bool is_forced = false) {
    const Origin origin{token == 0 ? Origin::Kind::nobody : Origin::Kind::token, token};
    return fanout.emit(payload("t", text), origin, {}, is_forced);
  }
  Budget budget{24 << 20};
  Doorbell doorbell, arrival;
  Fanout fanout{"boiler", "edge-01", 42, budget, doorbell};
  std::vector<std::unique_ptr<Inbox>> inboxes;
};

RouteSpec bounded(std::size_t messages) {
  RouteSpec spec;
  spec.limits.max_messages = messages;
  return spec;
}

}  // namespace

TEST_CASE("fanout: a dormant route matches nothing until it is woken") {
  Rig rig;
  const std::size_t route = rig.add({}, true);
  CHECK(rig.emit("before") == CULVERT_OK);
  CHECK(rig.fanout.counters().unrouted == 1);
  rig.fanout.wake(route);
  CHECK(rig.emit("after") == CULVERT_OK);
  CHECK(text_of(*rig.inboxes[0], receive(rig.arrival, *rig.inboxes[0])) == "after");
}

TEST_CASE("fanout: a held route takes nothing, whatever its policy, and has room again afterwards") {
  Rig rig;
  RouteSpec spec;
  spec.limits.when_full = WhenFull::drop_newest;
  const std::size_t route = rig.add(std::move(spec));
  rig.fanout.hold(route, true);
  CHECK(rig.emit("x") == CULVERT_AGAIN);
  CHECK_FALSE(rig.fanout.has_room());
  // What has to be placed now goes by.
  CHECK(rig.emit("y", 0, true) == CULVERT_OK);
  CHECK(rig.fanout.outlet_unsettled(route) == 0);
  rig.fanout.hold(route, false);
  CHECK(rig.fanout.has_room());
  CHECK(rig.emit("x") == CULVERT_OK);
}

TEST_CASE("fanout: a paused route keeps what comes, and sends it when it goes on") {
  Rig rig;
  const std::size_t route = rig.add({});
  CHECK(rig.emit("1") == CULVERT_OK);
  const uint64_t first = receive(rig.arrival, *rig.inboxes[0]);
  rig.fanout.pause(route, true);
  CHECK(rig.emit("2") == CULVERT_OK);
  rig.inboxes[0]->hold(first, false, false, 0);
  rig.inboxes[0]->answer();
  CHECK(wait_for(rig.doorbell, [&] { return rig.fanout.outlet_status(route).in_flight == 0; }));
  CHECK(rig.fanout.outlet_unsettled(route) == 1);
  rig.fanout.pause(route, false);
  CHECK(text_of(*rig.inboxes[0], receive(rig.arrival, *rig.inboxes[0])) == "2");
}

TEST_CASE("fanout: what is in a queue that becomes smaller stays, and a smaller batch closes the open one") {
  Rig rig;
  RouteSpec spec = bounded(100);
  spec.limits.batch = BatchLimits{50, 1 << 20, 3600 * one_second_ns};
  const std::size_t route = rig.add(spec);
  for (int i = 0; i < 20; ++i) { CHECK(rig.emit(std::to_string(i)) == CULVERT_OK); }
  spec.limits.max_messages = 10;
  spec.limits.batch.reset();
  rig.fanout.change(route, spec);
  CHECK(rig.fanout.outlet_unsettled(route) == 20);
  CHECK(rig.emit("more") == CULVERT_AGAIN);
  const std::string array = text_of(*rig.inboxes[0], receive(rig.arrival, *rig.inboxes[0]));
  CHECK(array.starts_with("[0,1,2,"));
  CHECK(array.ends_with(",19]"));
}

TEST_CASE("fanout: a removed route drops what it holds, and its source is told") {
  Rig rig;
  const std::size_t gone = rig.add({}), stays = rig.add({});
  CHECK(rig.emit("x", 7) == CULVERT_OK);
  CHECK(rig.fanout.tokens() == 1);
  const uint64_t number = receive(rig.arrival, *rig.inboxes[1]);
  const OutletEnd end = rig.fanout.remove(gone);
  CHECK(end.dropped == 1);
  CHECK(end.kept == 0);
  rig.inboxes[1]->hold(number, false, false, 0);
  rig.inboxes[1]->answer();
  CHECK(wait_for(rig.doorbell, [&] { return rig.fanout.tokens() == 0; }));
  std::vector<Ended> ended;
  rig.fanout.take_ended(ended);
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].status == CULVERT_DROPPED);
  CHECK(rig.emit("y") == CULVERT_OK);
  CHECK(rig.fanout.outlet_unsettled(stays) == 1);
}

TEST_CASE("fanout: a child that was staged for a route which is removed since goes to the others only") {
  Rig rig;
  const std::size_t gone = rig.add({}), stays = rig.add({});
  CHECK(rig.fanout.stage(payload("t", "child")) == CULVERT_OK);
  rig.fanout.remove(gone);
  CHECK(rig.fanout.commit(5));
  CHECK(rig.fanout.outlet_unsettled(stays) == 1);
}

TEST_CASE("fanout: messages in memory move in their order to the outlet that takes the place of theirs") {
  Rig rig;
  const std::size_t route = rig.add(bounded(500));
  for (uint64_t i = 1; i <= 300; ++i) { CHECK(rig.emit(std::to_string(i), i) == CULVERT_OK); }
  CHECK(text_of(*rig.inboxes[0], receive(rig.arrival, *rig.inboxes[0])) == "1");
  rig.fanout.refit(route, bounded(10), {});
  CHECK(rig.fanout.outlet_unsettled(route) == 300);
  CHECK(rig.fanout.tokens() == 300);
  Inbox fresh{rig.arrival};
  rig.join(route, fresh);
  for (int i = 1; i <= 300; ++i) {
    const uint64_t number = receive(rig.arrival, fresh);
    REQUIRE(text_of(fresh, number) == std::to_string(i));
    fresh.hold(number, false, false, 0);
    fresh.answer();
  }
  CHECK(wait_for(rig.doorbell, [&] { return fresh.answer() && rig.fanout.tokens() == 0; }));
  CHECK(rig.budget.used() == 0);
}

}  // namespace culvert::test
