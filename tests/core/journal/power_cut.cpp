// SPDX-License-Identifier: MIT
// What a journal holds after a power cut: rehearsed on a record of all that it does to its folder, at any point, with
// any part of what was not synced.
#include "tests/core/journal/rig.hpp"
#include "tests/support/disk_recorder.hpp"

#include <fstream>

namespace culvert::test {
namespace {

namespace fs = std::filesystem;

constexpr int states = 1000;
constexpr journal::FileOptions options{.max_bytes = 4 << 20};

std::string text_for(uint64_t seq) { return std::to_string(seq) + std::string(seq % 400, 'x'); }

/// Notes in the record what the journal says.
class Witness final : public Store::Listener {
 public:
  void on_committed(uint64_t seq) override {
    mark("committed", static_cast<int64_t>(seq));
    committed_ = seq;
    doorbell_.ring();
  }
  void on_read(Store::Piece) override {}
  void on_room_made(const Store::Dropped&) override {}
  void on_change() override {}
  bool wait(uint64_t seq) {
    const int64_t deadline_ns = monotonic_ns() + 20 * one_second_ns;
    while (committed_ < seq && monotonic_ns() < deadline_ns) { doorbell_.wait_until(monotonic_ns() + 5 * one_ms_ns); }
    return committed_ >= seq;
  }

 private:
  std::atomic<uint64_t> committed_{0};
  Doorbell doorbell_;
};

/// Two processes after each other, the first of which ends well; some thousand events.
std::vector<DiskEvent> record() {
  const TemporaryFolder state;
  fs::create_directory(state.path() + "/journal");
  begin_recording(state.path() + "/journal");
  std::mt19937 random{5};
  uint64_t settled = 0;
  for (int process = 0; process < 2; ++process) {
    journal::Folder folder{state.path()};
    journal::Journal journal{folder, "a.b", options, [](LogKind, const std::string& line) { FAIL(line); }};
    Witness witness;
    journal.start(witness);
    uint64_t seq = journal.contents().next_seq - 1;
    for (int round = 0; round < 150; ++round) {
      for (unsigned left = random() % 12; left > 0; --left) {
        ++seq;
        mark("appended", static_cast<int64_t>(seq));
        journal.append(seq, entry(seq, text_for(seq)), 1, monotonic_ns());
      }
      REQUIRE(witness.wait(seq));
      const uint64_t last = settled + random() % (seq - settled + 1);
      if (last == settled || round % 3 != 0) { continue; }
      mark("settled", static_cast<int64_t>(last));
      journal.settle(settled + 1, last, one_second_ns);
      settled = last;
    }
    REQUIRE(journal.close() == 0);
  }
  return end_recording();
}

struct Verdict {
  int lost = 0, wrong = 0, damaged = 0;
  std::string said;  ///< of the last that was damaged
};

/// Opens what the disk holds after a cut behind the first `count` events, and compares.
void look(const std::vector<DiskEvent>& events, std::size_t count, std::mt19937& random, const std::string& ignores,
          Verdict& ret_verdict) {
  uint64_t committed = 0, settled = 0, appended = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (events[i].kind != DiskEvent::Kind::mark) { continue; }
    (events[i].bytes == "committed" ? committed
     : events[i].bytes == "settled" ? settled
                                    : appended) = static_cast<uint64_t>(events[i].at);
  }
  const TemporaryFolder state;
  fs::create_directory(state.path() + "/journal");
  for (const auto& [name, content] : cut_power(events, count, random, ignores)) {
    if (name != "ballast") { std::ofstream{state.path() + "/journal/" + name, std::ios::binary} << content; }
  }
  const journal::Folder folder{state.path()};
  auto opened = journal::open_journal(folder, folder.path_of("a.b"), options);
  ret_verdict.damaged += opened.said.empty() ? 0 : 1;
  if (!opened.said.empty()) {
    ret_verdict.said =
        "after event " + std::to_string(count) + " of " + std::to_string(events.size()) + ": " + opened.said;
  }
  const journal::Found found = opened.file->read({0, INT64_MAX, false, SIZE_MAX, SIZE_MAX});
  std::vector<uint64_t> there;
  bool is_wrong = !found.damaged.empty() || opened.file->next_seq() <= appended;
  for (const journal::Row& row : found.rows) {
    is_wrong = is_wrong || row.seq > appended || row.entry != entry(row.seq, text_for(row.seq));
    there.push_back(row.seq);
  }
  bool is_lost = false;
  for (uint64_t seq = settled + 1; seq <= committed; ++seq) {
    is_lost = is_lost || !std::binary_search(there.begin(), there.end(), seq);
  }
  ret_verdict.wrong += is_wrong ? 1 : 0;
  ret_verdict.lost += is_lost ? 1 : 0;
}

Verdict rehearse(const std::vector<DiskEvent>& events, const std::string& ignores = {}) {
  Verdict verdict;
  for (unsigned seed = 1; seed <= states; ++seed) {
    std::mt19937 random{seed};
    const std::size_t count = random() % (events.size() + 1);
    look(events, count, random, ignores, verdict);
  }
  return verdict;
}

/// Each point of its making, with fifty states of the disk.
Verdict rehearse_making(const std::vector<DiskEvent>& events) {
  Verdict verdict;
  std::mt19937 random{6};
  for (std::size_t count = 0; events[count].kind != DiskEvent::Kind::mark; ++count) {
    for (int state = 0; state < 50; ++state) { look(events, count, random, {}, verdict); }
  }
  return verdict;
}

}  // namespace

TEST_CASE(
    "journal: after 1000 power cuts, whatever was not synced, all that was committed is there, and no number comes "
    "twice") {
  // Nothing waits for a disk while it is rehearsed.
  if (fs::exists("/dev/shm")) { setenv("TMPDIR", "/dev/shm", 1); }
  const std::vector<DiskEvent> events = record();
  REQUIRE(events.size() > 1000);
  const Verdict verdict = rehearse(events);
  CHECK(verdict.lost == 0);
  CHECK(verdict.wrong == 0);
  CHECK_MESSAGE(verdict.damaged == 0, verdict.said);
  const Verdict made = rehearse_making(events);
  CHECK(made.wrong == 0);
  CHECK_MESSAGE(made.damaged == 0, made.said);
  // A rehearsal in which nothing can be lost would prove nothing.
  CHECK(rehearse(events, "-wal").lost > 0);
  const Verdict unsynced = rehearse(events, ".db");
  CHECK(unsynced.lost + unsynced.damaged > 0);
  unsetenv("TMPDIR");
}

}  // namespace culvert::test
