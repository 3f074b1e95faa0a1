// SPDX-License-Identifier: MIT
// A route with a journal: what it keeps beyond its memory and beyond its process.
#include "core/journal/journal.hpp"
#include "core/journal/reader.hpp"
#include "tests/core/channel/rig.hpp"
#include "tests/support/folder.hpp"

#include <algorithm>
#include <thread>

namespace culvert::test {
namespace {

using Texts = std::vector<std::string>;

Texts numbers(int first, int last) {
  Texts texts;
  for (int i = first; i <= last; ++i) { texts.push_back(std::to_string(i)); }
  return texts;
}

/// A fan-out with one durable route, its process, and what is told of messages.
struct Process {
  Process(journal::Folder& folder, const OutletLimits& limits, bool required = true, journal::FileOptions options = {})
      : fanout{"boiler", "edge-01", 42, budget, doorbell} {
    RouteSpec spec;
    spec.limits = limits;
    spec.required = required;
    fanout.add(std::move(spec), std::make_unique<journal::Journal>(folder, "a.b", std::move(options),
                                                                   [](LogKind, const std::string&) {}));
  }
  void connect(Inbox& inbox) {
    const std::string address = fresh_address();
    inbox.open(address, ++epoch);
    fanout.open(0, address, epoch);
  }
  culvert_status emit(int number) {
    return fanout.emit(payload("t", std::to_string(number)), {Origin::Kind::token, static_cast<uint64_t>(number)});
  }
  void emit_all(int first, int last) {
    for (int i = first; i <= last; ++i) {
      REQUIRE(wait_for(doorbell, [&] { return fanout.has_room() && emit(i) == CULVERT_OK; }));
    }
  }
  /// Waits until `count` sources were told; answers how many with CULVERT_OK.
  std::size_t told(std::size_t count) {
    wait_for(doorbell, [&] {
      std::vector<Ended> some;
      fanout.take_ended(some);
      ended.insert(ended.end(), some.begin(), some.end());
      return ended.size() >= count;
    });
    return static_cast<std::size_t>(
        std::count_if(ended.begin(), ended.end(), [](const Ended& end) { return end.status == CULVERT_OK; }));
  }
  bool settled(Inbox& inbox) {
    return wait_for(doorbell, [&] { return inbox.answer(), fanout.outlet_unsettled(0) == 0; });
  }
  Budget budget{24 << 20};
  Doorbell doorbell;
  Fanout fanout;
  uint64_t epoch = 0;
  std::vector<Ended> ended;
};

struct DurableRig {
  TemporaryFolder state;
  journal::Folder folder{state.path()};
  Doorbell arrival;
};

constexpr OutletLimits small{.max_messages = 32, .max_bytes = 1 << 16};

}  // namespace

TEST_CASE("durable: a source is told when its message is on disk, and the next process sends it, in order") {
  DurableRig rig;
  uint64_t run_id = 0;
  {
    Process process{rig.folder, small};
    process.emit_all(1, 500);
    CHECK(process.told(500) == 500);
    CHECK(process.fanout.outlet_unsettled(0) == 500);
    CHECK(process.fanout.finish() == 0);
  }
  Process process{rig.folder, small};
  CHECK(process.fanout.outlet_unsettled(0) == 500);
  Inbox inbox{rig.arrival};
  process.connect(inbox);
  Texts seen;
  uint64_t last = 0;
  while (seen.size() < 500) {
    const uint64_t number = receive(rig.arrival, inbox);
    REQUIRE(number != Inbox::nothing);
    const culvert_message* message = inbox.message(number);
    seen.emplace_back(message->payload.data, message->payload.size);
    CHECK((message->flags & CULVERT_HISTORICAL) != 0);
    CHECK(message->seq == last + 1);
    last = message->seq;
    CHECK((run_id == 0 || run_id == message->run_id));
    run_id = message->run_id;
    inbox.hold(number, false, false, 0);
    inbox.answer();
  }
  CHECK(run_id != 42);
  CHECK(seen == numbers(1, 500));
  CHECK(process.settled(inbox));
  // What comes now has waited nowhere, and goes on with the numbers.
  process.emit_all(501, 501);
  const uint64_t number = receive(rig.arrival, inbox);
  CHECK((inbox.message(number)->flags & CULVERT_HISTORICAL) == 0);
  CHECK(inbox.message(number)->seq == 501);
  CHECK(inbox.message(number)->run_id == run_id);
  CHECK(inbox.counters().missing == 0);
}

TEST_CASE("durable: while the reader keeps up nothing waits on disk, and nearly nothing is written") {
  DurableRig rig;
  Process process{rig.folder, small};
  Inbox inbox{rig.arrival};
  process.connect(inbox);
  process.emit_all(1, 1);
  CHECK(deliver(rig.arrival, inbox, 1) == numbers(1, 1));
  REQUIRE(process.settled(inbox));
  for (int i = 2; i <= 300; ++i) {
    process.emit_all(i, i);
    CHECK(deliver(rig.arrival, inbox, 1) == numbers(i, i));
    REQUIRE(process.settled(inbox));
  }
  CHECK(process.told(300) == 300);
}

TEST_CASE("durable: a backlog far above the memory's limit goes out in order while new messages come") {
  DurableRig rig;
  Process process{rig.folder, small};
  process.emit_all(1, 3000);
  Inbox inbox{rig.arrival};
  process.connect(inbox);
  Texts seen;
  std::thread writer{[&] { process.emit_all(3001, 6000); }};
  while (seen.size() < 6000) {
    const Texts more = deliver(rig.arrival, inbox, 50);
    if (more.empty()) { break; }
    seen.insert(seen.end(), more.begin(), more.end());
    CHECK(process.fanout.outlet_status(0).in_flight <= small.max_messages);
  }
  writer.join();
  CHECK(seen == numbers(1, 6000));
  CHECK(process.settled(inbox));
  CHECK(process.told(6000) == 6000);
  CHECK(process.budget.used() == 0);
  CHECK(process.fanout.outlet_counters(0).delivered == 6000);
}

TEST_CASE("durable: a new epoch begins with what is unsettled, and the order holds") {
  DurableRig rig;
  Process process{rig.folder, small};
  process.emit_all(1, 200);
  int settled = 0;
  for (int epoch = 0; epoch < 10; ++epoch) {
    Inbox inbox{rig.arrival};
    process.connect(inbox);
    // At least what was settled is not among them; what was not told may come again.
    const Texts seen = deliver(rig.arrival, inbox, 15);
    REQUIRE(seen.size() == 15);
    const int first = std::stoi(seen.front());
    CHECK(first <= settled + 1);
    CHECK(seen == numbers(first, first + 14));
    settled = first + 14;
    REQUIRE(wait_for(process.doorbell,
                     [&] { return process.fanout.outlet_unsettled(0) == 200u - static_cast<unsigned>(settled); }));
  }
}

TEST_CASE("durable: newest_first sends what comes before what waits, and then the newest of that") {
  DurableRig rig;
  OutletLimits limits = small;
  limits.newest_first = true;
  { Process{rig.folder, limits}.emit_all(1, 300); }
  Process process{rig.folder, limits};
  // The newest that memory holds are there already.
  REQUIRE(wait_for(process.doorbell, [&] { return process.fanout.outlet_status(0).messages == 300; }));
  process.emit_all(301, 301);
  Inbox inbox{rig.arrival};
  process.connect(inbox);
  const Texts seen = deliver(rig.arrival, inbox, 301);
  REQUIRE(seen.size() == 301);
  Texts sorted = seen;
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return std::stoi(a) < std::stoi(b); });
  CHECK(sorted == numbers(1, 301));
  CHECK(std::find(seen.begin(), seen.begin() + 40, "301") != seen.begin() + 40);
  // A piece that was read has its newest first; so the whole goes down, but for what came meanwhile.
  CHECK(seen.back() == "1");
  CHECK(std::stoi(seen[100]) > std::stoi(seen[200]));
  CHECK(inbox.counters().missing == 0);
  CHECK(process.settled(inbox));
}

TEST_CASE("durable: what waited longer than its ttl is dropped when it is its turn, and counted") {
  DurableRig rig;
  { Process{rig.folder, small}.emit_all(1, 100); }
  OutletLimits limits = small;
  limits.ttl_ns = 1;
  Process process{rig.folder, limits};
  REQUIRE(wait_for(process.doorbell, [&] { return process.fanout.outlet_unsettled(0) == 0; }));
  CHECK(process.fanout.outlet_counters(0).expired == 100);
  CHECK(process.fanout.outlet_counters(0).dropped == 100);
  limits.ttl_ns = 3600 * one_second_ns;
  process.fanout.finish();
  Process next{rig.folder, limits};
  CHECK(next.fanout.outlet_unsettled(0) == 0);
}

TEST_CASE("durable: a message that its reader rejects is told as rejected, and gone from the route") {
  DurableRig rig;
  {
    Process process{rig.folder, small};
    Inbox inbox{rig.arrival};
    process.connect(inbox);
    process.emit_all(1, 3);
    for (int i = 1; i <= 3; ++i) {
      const uint64_t number = receive(rig.arrival, inbox);
      i == 2 ? inbox.reject(number, "it is bad") : inbox.hold(number, false, false, 0);
      inbox.answer();
    }
    CHECK(process.settled(inbox));
    process.told(3);
    CHECK(process.ended.size() == 3);
    CHECK(process.fanout.outlet_counters(0).rejected == 1);
  }
  journal::Journal left{rig.folder, "a.b", {}, [](LogKind, const std::string&) {}};
  CHECK(left.counters().dead == 1);
  CHECK(left.contents().messages == 0);
  left.close();
  const auto letters = journal::Reader{rig.folder.path_of("a.b")}.dead(0).items;
  REQUIRE(letters.size() == 1);
  CHECK(letters[0].reason == "it is bad");
}

TEST_CASE(
    "durable: when its journal is full it blocks, drops the newest, the oldest, or every second of the oldest half") {
  for (const WhenFull when_full : {WhenFull::block, WhenFull::drop_newest, WhenFull::drop_oldest, WhenFull::thin}) {
    CAPTURE(static_cast<int>(when_full));
    DurableRig rig;
    OutletLimits limits = small;
    limits.when_full = when_full;
    Process process{rig.folder, limits, true, {.max_bytes = 1 << 20}};
    const std::string ballast(400, 'x');
    int taken = 0, offered = 0;
    for (; offered < 12'000; ++offered) {
      const std::string text = std::to_string(offered) + ballast;
      const bool drops = when_full != WhenFull::block;
      // Not faster than a disk takes it.
      if (offered % 16 == 0) {
        wait_for(process.doorbell, [&] { return process.fanout.outlet_status(0).unwritten == 0; });
      }
      const culvert_status status = process.fanout.emit(payload("t", text), {});
      if (drops) { REQUIRE(status == CULVERT_OK); }
      taken += status == CULVERT_OK ? 1 : 0;
    }
    const OutletCounters counters = process.fanout.outlet_counters(0);
    const std::size_t left = process.fanout.outlet_unsettled(0);
    CHECK(left > 1000);
    CHECK(left < 3000);
    if (when_full == WhenFull::block) {
      CHECK(taken == static_cast<int>(left));
      CHECK(counters.dropped == 0);
    } else {
      CHECK(counters.placed + counters.dropped_newest == 12'000);
      CHECK(counters.placed == left + counters.dropped_oldest);
      // Only who drops the newest drops many of these.
      CHECK((counters.dropped_newest > 5000) == (when_full == WhenFull::drop_newest));
    }
    Inbox inbox{rig.arrival};
    process.connect(inbox);
    const Texts seen = deliver(rig.arrival, inbox, left);
    REQUIRE(seen.size() == left);
    CHECK(process.settled(inbox));
    CHECK(std::is_sorted(seen.begin(), seen.end(),
                         [](const auto& a, const auto& b) { return std::stoi(a) < std::stoi(b); }));
    const bool keeps_newest = when_full == WhenFull::drop_oldest || when_full == WhenFull::thin;
    CHECK((std::stoi(seen.back()) > 11'900) == keeps_newest);
    // What is in memory is the next to go, and stays.
    CHECK(std::stoi(seen[0]) == 0);
    CHECK((std::stoi(seen[40]) < 10'000) == (when_full != WhenFull::drop_oldest));
  }
}

TEST_CASE("outlet: thin drops every second of the older half, again and again, and keeps something of all times") {
  Budget budget{24 << 20};
  Doorbell doorbell, arrival;
  Fanout fanout{"boiler", "edge-01", 42, budget, doorbell};
  RouteSpec spec;
  spec.limits = {.when_full = WhenFull::thin, .max_messages = 64};
  fanout.add(std::move(spec));
  for (int i = 1; i <= 1000; ++i) { REQUIRE(fanout.emit(payload("t", std::to_string(i)), {}) == CULVERT_OK); }
  const OutletCounters counters = fanout.outlet_counters(0);
  CHECK(counters.dropped_newest == 0);
  CHECK(counters.dropped == counters.dropped_oldest);
  const std::size_t left = fanout.outlet_unsettled(0);
  CHECK(left + counters.dropped == 1000);
  CHECK(left >= 48);
  Inbox inbox{arrival};
  const std::string address = fresh_address();
  inbox.open(address, 1);
  fanout.open(0, address, 1);
  const Texts seen = deliver(arrival, inbox, left);
  REQUIRE(seen.size() == left);
  CHECK(seen.front() == "1");
  CHECK(seen.back() == "1000");
  CHECK(std::stoi(seen[1]) > 100);
  CHECK(std::stoi(seen[left - 10]) > 900);
  CHECK(wait_for(doorbell, [&] { return inbox.answer(), fanout.outlet_unsettled(0) == 0; }));
  CHECK(budget.used() == 0);
}

TEST_CASE("outlet: a ttl drops what is too old when it is sent, or when the queue is full, and counts it") {
  Budget budget{24 << 20};
  Doorbell doorbell, arrival;
  Fanout fanout{"boiler", "edge-01", 42, budget, doorbell};
  RouteSpec spec;
  spec.limits = {.max_messages = 8, .ttl_ns = 1};
  fanout.add(std::move(spec));
  for (int i = 1; i <= 8; ++i) { REQUIRE(fanout.emit(payload("t", std::to_string(i)), {}) == CULVERT_OK); }
  CHECK(fanout.emit(payload("t", "9"), {}) == CULVERT_AGAIN);
  CHECK(fanout.outlet_counters(0).expired == 8);
  CHECK(fanout.emit(payload("t", "9"), {}) == CULVERT_OK);
  Inbox inbox{arrival};
  const std::string address = fresh_address();
  inbox.open(address, 1);
  fanout.open(0, address, 1);
  CHECK(wait_for(doorbell, [&] { return inbox.take_arrivals(), inbox.answer(), fanout.outlet_unsettled(0) == 0; }));
  CHECK(fanout.outlet_counters(0).expired == 9);
  CHECK(inbox.counters().arrived == 0);
}

}  // namespace culvert::test
