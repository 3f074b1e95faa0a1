// SPDX-License-Identifier: MIT
// A disk that takes its time for a sync: here as long as the test wants it to.
#include "tests/core/journal/gate.hpp"
#include "tests/core/journal/rig.hpp"

#include <thread>

namespace culvert::test {
// The thread of the test is the one that opens the gate: would a call of it wait for the disk, it would wait for ever.
TEST_CASE("journal: while a sync takes its time no call waits for it, what waits has a limit, and goes as one group") {
  JournalRig rig{{.max_bytes = 4 << 20}};
  Gate gate{"-wal"};
  gate.shut();
  rig.append(1, "first");
  REQUIRE(gate.wait_for_one());
  uint64_t seq = 1;
  int64_t bytes = 0;
  const std::string text(1000, 'x');
  while (rig.journal->has_room(text.size() + 100) && bytes < 2 * rig.options.max_bytes) {
    rig.append(++seq, text);
    bytes += static_cast<int64_t>(text.size());
  }
  CHECK(seq > 1000);
  CHECK(bytes < rig.options.max_bytes);
  CHECK(rig.journal->is_tight());
  rig.journal->settle(2, 2, one_second_ns);
  rig.journal->reject(3, "refused");
  rig.journal->read({1, seq, false, 10, 10});
  CHECK(rig.ears->committed() == 0);
  const uint64_t commits = rig.journal->counters().commits;

  gate.open();
  REQUIRE(rig.ears->wait_committed(seq));
  CHECK(rig.ears->take_piece().entries.size() == 1);
  CHECK(rig.journal->counters().commits <= commits + 2);
  CHECK(rig.journal->counters().spared == 2);
  CHECK(rig.journal->counters().dead == 1);
  CHECK(rig.texts().size() == seq - 2);
  CHECK(rig.lines().empty());
}

TEST_CASE("journal: while a sync takes its time, no more dead letters wait in memory than there may be on disk") {
  JournalRig rig;
  Gate gate{"-wal"};
  rig.append(1, "row");
  REQUIRE(rig.ears->wait_committed(1));
  gate.shut();
  rig.append(2, "stands");
  REQUIRE(gate.wait_for_one());
  rig.journal->reject(1, "a row");
  constexpr uint64_t more = 5 * journal::File::max_dead;
  for (uint64_t seq = 3; seq < 3 + more; ++seq) {
    rig.append(seq, "refused");
    rig.journal->reject(seq, "refused");
  }
  CHECK(rig.journal->counters().dead_gone == more + 1 - journal::File::max_dead);
  gate.open();
  REQUIRE(rig.ears->wait([&] { return rig.journal->counters().dead == journal::File::max_dead; }));
  CHECK(rig.journal->counters().dead_gone == more + 1 - journal::File::max_dead);
  rig.append(3 + more, "last");
  REQUIRE(rig.ears->wait_committed(3 + more));
  // What was a row and is too old for a dead letter is gone as well.
  REQUIRE(rig.ears->wait([&] { return rig.texts() == std::vector<std::string>{"stands", "last"}; }));
}

TEST_CASE("journal: what has ended and comes again after a crash has a bound, which holds up nobody for long") {
  constexpr uint64_t rows = 2000, most = journal::Journal::most_again;
  JournalRig rig;
  Gate gate{"-wal"};
  for (uint64_t seq = 1; seq <= rows; ++seq) { rig.append(seq, "row"); }
  REQUIRE(rig.ears->wait_committed(rows));
  CHECK(rig.journal->may_end(most));
  // The thread hangs in a sync, and erases nothing.
  gate.shut();
  rig.append(rows + 1, "stands");
  REQUIRE(gate.wait_for_one());
  rig.journal->settle(1, most - 10, one_second_ns);
  CHECK(rig.journal->may_end(10));
  const int64_t asked_ns = monotonic_ns();
  CHECK_FALSE(rig.journal->may_end(11));
  CHECK(rig.ears->wait([&] { return rig.journal->may_end(11); }));
  CHECK(monotonic_ns() - asked_ns >= journal::Journal::erase_ns);
  gate.open();
  CHECK(rig.ears->wait([&] { return rig.texts().size() == rows + 1 - (most - 10); }));
  CHECK(rig.journal->may_end(most));
}

TEST_CASE("journal: who waits for what has ended to be erased need not wait until it is due") {
  constexpr uint64_t rows = 100, most = journal::Journal::most_again;
  static_assert(rows < journal::Journal::erase_rows);
  JournalRig rig;
  for (uint64_t seq = 1; seq <= rows; ++seq) { rig.append(seq, "row"); }
  REQUIRE(rig.ears->wait_committed(rows));
  rig.journal->settle(1, rows, one_second_ns);
  const uint64_t commits = rig.journal->counters().commits;
  CHECK_FALSE(rig.journal->may_end(most));
  CHECK(rig.ears->wait([&] { return rig.journal->counters().commits > commits; }));
  CHECK(rig.ears->wait([&] { return rig.journal->may_end(most); }));
}

TEST_CASE("journal: an end while the last sync takes its time waits for it, and nothing is left behind") {
  JournalRig rig;
  Gate gate{"-wal"};
  gate.shut();
  rig.append(1, "one");
  REQUIRE(gate.wait_for_one());
  rig.append(2, "two");
  uint64_t left = 1;
  std::thread closes{[&] { left = rig.journal->close(); }};
  gate.open();
  closes.join();
  CHECK(left == 0);
  rig.open();
  CHECK(rig.texts() == std::vector<std::string>{"one", "two"});
}

}  // namespace culvert::test
