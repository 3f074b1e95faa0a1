// SPDX-License-Identifier: MIT
// A durable route of which somebody drops what waits.
#include "core/journal/journal.hpp"
#include "tests/core/channel/rig.hpp"
#include "tests/core/journal/gate.hpp"
#include "tests/support/folder.hpp"

#include <algorithm>
#include <random>

namespace culvert::test {
namespace {

/// A fan-out with one durable route, and what is told of its messages.
struct Writer {
  Writer(journal::Folder& folder, bool newest_first) : fanout{"boiler", "edge-01", 42, budget, doorbell} {
    RouteSpec spec;
    spec.limits = {.max_messages = 32, .max_bytes = 1 << 16, .newest_first = newest_first};
    auto made =
        std::make_unique<journal::Journal>(folder, "a.b", journal::FileOptions{}, [](LogKind, const std::string&) {});
    journal = made.get();
    fanout.add(std::move(spec), std::move(made));
  }
  void connect(Inbox& inbox) {
    const std::string address = fresh_address();
    inbox.open(address, 1);
    fanout.open(0, address, 1);
  }
  void emit(int count) {
    for (; count > 0; --count) {
      const uint64_t number = ++emitted;
      const Origin origin{Origin::Kind::token, number};
      REQUIRE(wait_for(doorbell, [&] {
        return fanout.has_room() && fanout.emit(payload("t", std::to_string(number)), origin) == CULVERT_OK;
      }));
    }
  }
  OutletDropped drop() {
    const OutletDropped dropped = fanout.drop(0);
    by_hand += dropped.messages;
    return dropped;
  }
  std::size_t told(culvert_status status) {
    std::vector<Ended> some;
    fanout.take_ended(some);
    ended.insert(ended.end(), some.begin(), some.end());
    return static_cast<std::size_t>(
        std::count_if(ended.begin(), ended.end(), [&](const Ended& end) { return end.status == status; }));
  }

  Budget budget{24 << 20};
  Doorbell doorbell;
  Fanout fanout;
  journal::Journal* journal = nullptr;
  uint64_t emitted = 0, by_hand = 0;
  std::vector<Ended> ended;
};

struct Disk {
  TemporaryFolder state;
  journal::Folder folder{state.path()};
};

uint64_t left_on(Disk& disk) {
  journal::Journal journal{disk.folder, "a.b", {}, [](LogKind, const std::string&) {}};
  return journal.contents().messages;
}

}  // namespace

TEST_CASE("drop: what is not written yet is told as dropped, what was is gone from the disk, and its memory is free") {
  Disk disk;
  {
    Writer writer{disk.folder, false};
    writer.emit(100);
    REQUIRE(wait_for(writer.doorbell, [&] { return writer.told(CULVERT_OK) == 100; }));
    {
      Gate gate{"-wal"};
      gate.shut();
      writer.emit(1);
      REQUIRE(gate.wait_for_one());
      // Those of the memory's size that may wait for the disk.
      writer.emit(20);
      const OutletDropped dropped = writer.drop();
      CHECK(dropped.messages == 121);
      CHECK(dropped.stay == 0);
      CHECK(writer.told(CULVERT_DROPPED) == 21);
      CHECK(writer.fanout.outlet_unsettled(0) == 0);
      CHECK(writer.budget.used() == 0);
      uint64_t dead = 0;
      CHECK(!writer.journal->erase(false, dead));
    }
    uint64_t dead = 0;
    CHECK(writer.journal->erase(false, dead));
    const OutletCounters counters = writer.fanout.outlet_counters(0);
    CHECK(counters.dropped_by_hand == 121);
    CHECK(counters.dropped == 121);
    CHECK(writer.fanout.finish() == 0);
  }
  CHECK(left_on(disk) == 0);
}

TEST_CASE("drop: again and again while a backlog drains, each message is delivered or dropped, and none comes back") {
  for (const bool newest_first : {false, true}) {
    CAPTURE(newest_first);
    Disk disk;
    Doorbell arrival;
    Inbox inbox{arrival};
    Writer writer{disk.folder, newest_first};
    writer.connect(inbox);
    std::mt19937 random{815};
    std::vector<int> seen;
    const auto read = [&](std::size_t count) {
      for (const std::string& text : deliver(arrival, inbox, count)) { seen.push_back(std::stoi(text)); }
    };
    const auto left = [&] { return writer.emitted - writer.by_hand - seen.size(); };
    uint64_t drops = 0;
    for (int step = 0; step < 300; ++step) {
      writer.emit(static_cast<int>(random() % 60));
      read(std::min<std::size_t>(random() % 40, left()));
      if (random() % 4 != 0) { continue; }
      drops += writer.drop().messages > 0 ? 1 : 0;
    }
    read(left());
    CHECK(wait_for(writer.doorbell, [&] { return inbox.answer(), writer.fanout.outlet_unsettled(0) == 0; }));
    CHECK(drops > 30);
    CHECK(seen.size() + writer.by_hand == writer.emitted);
    CHECK((newest_first || std::is_sorted(seen.begin(), seen.end())));
    std::sort(seen.begin(), seen.end());
    CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
    const OutletCounters counters = writer.fanout.outlet_counters(0);
    CHECK(counters.placed == writer.emitted);
    CHECK(counters.delivered == seen.size());
    CHECK(counters.dropped_by_hand == writer.by_hand);
    CHECK(counters.damaged == 0);
    CHECK(wait_for(writer.doorbell,
                   [&] { return writer.told(CULVERT_OK) + writer.told(CULVERT_DROPPED) == writer.emitted; }));
    CHECK(wait_for(writer.doorbell, [&] { return writer.budget.used() == 0; }));
    inbox.close();
    writer.fanout.close();
    CHECK(writer.fanout.finish() == 0);
    CHECK(left_on(disk) == 0);
  }
}

}  // namespace culvert::test
