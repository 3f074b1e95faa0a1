// SPDX-License-Identifier: MIT
#include "tests/core/journal/rig.hpp"

#include <sys/stat.h>

#include <chrono>
#include <thread>

namespace culvert::test {
namespace {

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE(
    "journal: the first message of an idle journal is committed at once, and what is on disk comes back in order") {
  JournalRig rig;
  rig.append(1, "one");
  REQUIRE(rig.ears->wait_committed(1));
  rig.append(2, "two");
  rig.append(3, "three");
  REQUIRE(rig.ears->wait_committed(3));
  CHECK(rig.texts() == Texts{"one", "two", "three"});
  CHECK(rig.texts(true) == Texts{"three", "two", "one"});
  CHECK(rig.journal->counters().written == 3);
}

TEST_CASE("journal: what has ended is gone, and what has not is there after it is opened again, under its number") {
  JournalRig rig;
  const uint64_t id = rig.journal->contents().id;
  for (uint64_t seq = 1; seq <= 5; ++seq) { rig.append(seq, std::to_string(seq)); }
  REQUIRE(rig.ears->wait_committed(5));
  rig.journal->settle(1, 2, one_second_ns);
  rig.journal->settle(4, 4, one_second_ns);
  CHECK(rig.journal->close() == 0);
  rig.open();
  const Store::Contents contents = rig.journal->contents();
  CHECK(contents.id == id);
  CHECK(contents.first == 3);
  CHECK(contents.last == 5);
  CHECK(contents.messages == 2);
  CHECK(contents.next_seq == 6);
  CHECK(rig.texts() == Texts{"3", "5"});
}

TEST_CASE("journal: while the reader keeps up, what ends in time is never written") {
  JournalRig rig;
  rig.append(1, "one");
  REQUIRE(rig.ears->wait_committed(1));
  // A reader that ends a message in a millisecond.
  rig.journal->settle(1, 1, one_ms_ns);
  const uint64_t written = rig.journal->counters().written;
  for (uint64_t seq = 2; seq <= 1000; ++seq) {
    rig.append(seq, "x");
    rig.journal->settle(seq, seq, one_ms_ns);
  }
  CHECK(rig.journal->counters().spared >= 900);
  CHECK(rig.journal->counters().written - written <= 99);
}

TEST_CASE("journal: after one that was late those behind it still get their time to end") {
  JournalRig rig;
  rig.append(1, "one");
  REQUIRE(rig.ears->wait_committed(1));
  rig.journal->settle(1, 1, one_ms_ns);
  constexpr uint64_t rounds = 50;
  for (uint64_t seq = 2; seq < 2 + 2 * rounds; seq += 2) {
    rig.append(seq, "late");
    REQUIRE(rig.ears->wait_committed(seq));
    rig.append(seq + 1, "in time");
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
    rig.journal->settle(seq + 1, seq + 1, 5 * one_ms_ns);
  }
  // Not all: this thread may be kept waiting as well.
  CHECK(rig.journal->counters().spared >= rounds / 2);
}

TEST_CASE("journal: what was only erased is synced a second later, though nothing else happens") {
  JournalRig rig;
  bool is_synced = false;
  // On a slow machine the erasing may come so late that it is synced itself.
  for (uint64_t seq = 1, tries = 0; tries < 5 && !is_synced; ++tries) {
    for (const uint64_t end = seq + 2000; seq < end; ++seq) { rig.append(seq, "x"); }
    REQUIRE(rig.ears->wait_committed(seq - 1));
    const uint64_t commits = rig.journal->counters().commits;
    const int64_t until_ns = monotonic_ns() + 4 * one_second_ns;
    rig.journal->settle(seq - 2000, seq - 1, one_second_ns);
    is_synced = rig.ears->wait([&] {
      return rig.journal->counters().commits >= commits + 2 || monotonic_ns() > until_ns;
    }) && rig.journal->counters().commits >= commits + 2;
  }
  CHECK(is_synced);
}

TEST_CASE("journal: when the reader stops, what waits is on disk after the time that it was given") {
  JournalRig rig;
  rig.append(1, "one");
  REQUIRE(rig.ears->wait_committed(1));
  rig.journal->settle(1, 1, one_ms_ns);
  rig.append(2, "two");
  CHECK(rig.ears->wait_committed(2));
}

TEST_CASE("journal: a message that comes while a group is written goes with the next one") {
  JournalRig rig;
  for (uint64_t seq = 1; seq <= 5000; ++seq) { rig.append(seq, std::string(200, 'x')); }
  REQUIRE(rig.ears->wait_committed(5000));
  CHECK(rig.journal->counters().written == 5000);
  CHECK(rig.journal->counters().commits < 2500);
}

TEST_CASE("journal: a rejected message is a dead letter, whether it was on disk or not, and dead letters are capped") {
  JournalRig rig;
  rig.append(1, "written");
  REQUIRE(rig.ears->wait_committed(1));
  rig.journal->reject(1, "its reader rejects it");
  REQUIRE(rig.ears->wait([&] { return rig.journal->counters().dead == 1; }));
  rig.journal->settle(1, 1, one_ms_ns);
  rig.append(2, "on its way");
  rig.journal->reject(2, "its reader rejects it");
  REQUIRE(rig.ears->wait([&] { return rig.journal->counters().dead == 2; }));
  CHECK(rig.texts().empty());
  for (uint64_t seq = 3; seq <= 1100; ++seq) {
    rig.append(seq, "x");
    rig.journal->reject(seq, "no");
  }
  rig.journal->close();
  rig.open();
  CHECK(rig.journal->counters().dead == journal::File::max_dead);
  CHECK(rig.texts().empty());
}

TEST_CASE("journal: numbers go on after a clean end, and jump after a crash, so that none is used twice") {
  JournalRig rig;
  rig.append(1, "one");
  rig.journal->settle(1, 1, one_ms_ns);
  rig.journal->close();
  rig.open();
  CHECK(rig.journal->contents().next_seq == 2);
  // What a process leaves that is killed: the file and its log, wherever they stand.
  const TemporaryFolder after;
  std::filesystem::copy(rig.folder.path(), after.path() + "/journal");
  journal::Folder folder{after.path()};
  journal::Journal again{folder, "a.b", {}, [](LogKind, const std::string&) {}};
  CHECK(again.contents().id == rig.journal->contents().id);
  CHECK(again.contents().next_seq >= 2 + journal::Journal::reserve_seqs);
}

TEST_CASE("journal: it takes what its limit holds and no more, and takes again when that has ended") {
  JournalRig rig{{.max_bytes = 1 << 20}};
  uint64_t seq = 0;
  while (rig.journal->has_room(300)) {
    rig.append(++seq, std::string(250, 'x'));
    if (seq % 64 == 0) { REQUIRE(rig.ears->wait_committed(seq)); }
  }
  REQUIRE(rig.ears->wait_committed(seq));
  CHECK(seq > 2000);
  CHECK(std::filesystem::file_size(rig.file()) <= 1 << 20);
  CHECK(rig.journal->is_tight());
  rig.journal->settle(1, seq / 2, one_second_ns);
  CHECK(rig.ears->wait([&] { return rig.journal->has_room(300); }));
  CHECK(rig.lines().empty());
}

TEST_CASE("journal: to make room the oldest go, or every second of the oldest half, and all are counted") {
  for (const bool thin : {false, true}) {
    CAPTURE(thin);
    JournalRig rig{{.max_bytes = 2 << 20}};
    uint64_t seq = 0;
    const auto fill = [&] {
      while (rig.journal->has_room(300)) {
        ++seq;
        rig.append(seq, std::to_string(seq) + std::string(250, 'x'));
        if (seq % 64 == 0) { rig.ears->wait_committed(seq); }
      }
      REQUIRE(rig.ears->wait_committed(seq));
    };
    fill();
    const uint64_t first_fill = seq;
    uint64_t dropped = 0;
    for (int rooms = 1; rooms <= 12; ++rooms) {
      rig.journal->make_room(1, seq, thin);
      dropped += rig.ears->wait_dropped(rooms).messages;
      if (rooms > 2) { REQUIRE(rig.journal->has_room(300)); }
      fill();
    }
    CHECK(dropped > 1000);
    const Texts left = rig.texts();
    CHECK(left.size() == seq - dropped);
    CHECK(std::stoull(left.back()) == seq);
    CHECK(seq > first_fill + 1000);
    // Of the oldest nothing is left, or something of all that there was.
    CHECK((std::stoull(left.front()) == 1) == thin);
  }
}

TEST_CASE("journal: a file is for this user only, and so is its folder, whatever the umask and whatever they were") {
  const mode_t before = umask(0);
  JournalRig rig;
  umask(before);
  const auto mode_of = [](const std::string& path) {
    struct stat status {};
    REQUIRE(stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777;
  };
  CHECK(mode_of(rig.folder.path()) == 0700);
  CHECK(mode_of(rig.file()) == 0600);
  CHECK(mode_of(rig.file() + "-wal") == 0600);
  CHECK(mode_of(rig.folder.path() + "/ballast") == 0600);
  rig.journal->close();
  chmod(rig.file().c_str(), 0644);
  chmod(rig.folder.path().c_str(), 0755);
  journal::Folder again{rig.state.path()};
  rig.open();
  CHECK(mode_of(rig.folder.path()) == 0700);
  CHECK(mode_of(rig.file()) == 0600);
}

}  // namespace culvert::test
