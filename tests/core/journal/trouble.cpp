// SPDX-License-Identifier: MIT
// A disk whose writes and syncs fail.
#include "core/util/handle.hpp"
#include "tests/core/journal/rig.hpp"
#include "tests/support/disk_recorder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <fstream>

namespace culvert::test {
namespace {

namespace fs = std::filesystem;

const journal::FileOptions options{.max_bytes = 8 << 20};

/// Nothing waits for a real disk here.
struct InMemory {
  InMemory() {
    if (fs::exists("/dev/shm")) { setenv("TMPDIR", "/dev/shm", 1); }
  }
  ~InMemory() {
    set_disk_hook({});
    unsetenv("TMPDIR");
  }
};

/// Calls for one folder, counted; some fail.
class Faults {
 public:
  explicit Faults(std::string folder) : folder_{std::move(folder)} {
    set_disk_hook([this](DiskCall, const std::string& path) {
      if (!path.starts_with(folder_)) { return 0; }
      const int number = ++calls_;
      const bool fails = (number == one_ || number == other_ || all_) && path.ends_with(ends_);
      if (fails) { ++failed_; }
      return fails ? EIO : 0;
    });
  }
  ~Faults() { set_disk_hook({}); }
  /// Those calls, counted from now on.
  void fail(int one, int other = 0) {
    calls_ = 0;
    one_ = one;
    other_ = other;
  }
  /// All, of files whose names end so.
  void fail_all(std::string ends = {}) {
    ends_ = std::move(ends);
    all_ = true;
  }
  void stop() { all_ = false; }
  int calls() const { return calls_; }
  int failed() const { return failed_; }

 private:
  const std::string folder_;
  std::string ends_;
  std::atomic<int> calls_{0}, one_{0}, other_{0}, failed_{0};
  std::atomic<bool> all_{false};
};

std::string text_for(uint64_t seq) { return std::to_string(seq) + std::string(seq % 300, 'x'); }

/// What a disk holds after a cut of power now, as the next process finds it.
std::vector<std::string> after_power_cut(const std::vector<DiskEvent>& events, unsigned seed) {
  std::mt19937 random{seed};
  const TemporaryFolder state;
  fs::create_directory(state.path() + "/journal");
  for (const auto& [name, content] : cut_power(events, events.size(), random)) {
    if (name != "ballast") { std::ofstream{state.path() + "/journal/" + name, std::ios::binary} << content; }
  }
  const journal::Folder folder{state.path()};
  const auto opened = journal::open_journal(folder, folder.path_of("a.b"), options);
  std::vector<std::string> texts;
  for (const journal::Row& row : opened.file->read({0, INT64_MAX, false, SIZE_MAX, SIZE_MAX}).rows) {
    texts.push_back(text_of(row.entry));
  }
  return texts;
}

struct Outcome {
  int calls = 0, failed = 0;
  uint64_t set_aside = 0;
};

/// Appends some groups while calls fail, ends some messages, and looks that the rest is there: now, and after a cut.
Outcome run(int one, int other = 0) {
  const TemporaryFolder state;
  fs::create_directory(state.path() + "/journal");
  begin_recording(state.path() + "/journal");
  journal::Folder folder{state.path()};
  journal::Journal journal{folder, "a.b", options, [](LogKind, const std::string&) {}};
  Ears ears;
  journal.start(ears);
  Outcome outcome;
  std::vector<std::string> texts;
  {
    Faults faults{folder.path()};
    faults.fail(one, other);
    const uint64_t before = journal.contents().next_seq;
    constexpr uint64_t messages = 600;
    for (uint64_t i = 0; i < messages;) {
      for (int group = 0; group < 60; ++group, ++i) {
        journal.append(before + i, entry(before + i, text_for(i)), 1, monotonic_ns());
        if (i >= messages / 2) { texts.push_back(text_for(i)); }
      }
      INFO("call ", one, " and ", other);
      REQUIRE(ears.wait_committed(before + i - 1));
    }
    journal.settle(before, before + messages / 2 - 1, one_second_ns);
    REQUIRE(journal.close() == 0);
    outcome = {faults.calls(), faults.failed(), journal.counters().set_aside};
  }
  const std::vector<DiskEvent> events = end_recording();
  for (unsigned seed = 1; seed <= 3; ++seed) {
    INFO("call ", one, " and ", other, " seed ", seed);
    // What has ended may come again: at least the rest is there, in order.
    const std::vector<std::string> found = after_power_cut(events, seed);
    REQUIRE(found.size() >= texts.size());
    REQUIRE(std::equal(texts.rbegin(), texts.rend(), found.rbegin()));
  }
  return outcome;
}

}  // namespace

TEST_CASE("disk recorder: what a failed sync was about does not come to the disk by the next one, only written again") {
  const InMemory place;
  const TemporaryFolder state;
  begin_recording(state.path());
  Faults faults{state.path()};
  faults.fail(2);
  const std::string path = state.path() + "/file";
  const Descriptor file{open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  REQUIRE(pwrite(file.get(), "a", 1, 0) == 1);
  CHECK(fsync(file.get()) == -1);
  REQUIRE(pwrite(file.get(), "b", 1, 1) == 1);
  CHECK(fsync(file.get()) == 0);
  std::vector<DiskEvent> events = end_recording();
  events.push_back({DiskEvent::Kind::sync_folder});
  int lost = 0;
  for (unsigned seed = 1; seed <= 100; ++seed) {
    std::mt19937 random{seed};
    const std::string content = cut_power(events, events.size(), random)["file"];
    REQUIRE(content.size() == 2);
    CHECK(content[1] == 'b');
    lost += content[0] == 'a' ? 0 : 1;
  }
  CHECK(lost > 10);
}

TEST_CASE(
    "journal: whichever write or sync fails, all that was told as committed is on disk, by a sync that did not fail") {
  const InMemory place;
  // How many there are differs a little, with what goes as one group.
  const int calls = run(0).calls;
  REQUIRE(calls > 20);
  int failed = 0;
  uint64_t set_aside = 0;
  for (int one = 1; one <= calls; ++one) {
    const Outcome outcome = run(one);
    failed += outcome.failed;
    set_aside += outcome.set_aside;
  }
  CHECK(failed > calls / 2);
  CHECK(set_aside > static_cast<uint64_t>(calls) / 2);
}

TEST_CASE("journal: a successor whose making fails as well, at any write or sync of it, is made anew") {
  const InMemory place;
  constexpr int one = 30;
  for (int other = one + 1; other <= one + 30; ++other) {
    const Outcome outcome = run(one, other);
    CHECK(outcome.failed == 2);
    CHECK(outcome.set_aside >= 1);
  }
}

TEST_CASE(
    "journal: the state folder is synced once the journals' folder is in it, and a start fails where that fails") {
  const InMemory place;
  const TemporaryFolder state;
  int synced = 0, error = EIO;
  set_disk_hook([&](DiskCall call, const std::string& path) {
    if (call != DiskCall::sync || path != fs::canonical(state.path())) { return 0; }
    CHECK(fs::is_directory(state.path() + "/journal"));
    ++synced;
    return error;
  });
  CHECK_THROWS_WITH_AS(journal::Folder{state.path()}, doctest::Contains("cannot be synced: Input/output error"),
                       std::runtime_error);
  error = 0;
  const journal::Folder folder{state.path()};
  set_disk_hook({});
  CHECK(synced == 2);
}

TEST_CASE("journal: as long as all writes and syncs fail nothing is told as committed, and it heals by itself") {
  const InMemory place;
  JournalRig rig{options};
  rig.append(1, "before");
  REQUIRE(rig.ears->wait_committed(1));
  Faults faults{rig.folder.path()};
  faults.fail_all();
  rig.append(2, "meanwhile");
  REQUIRE(rig.ears->wait([&] { return !rig.journal->has_room(10); }));
  REQUIRE(rig.ears->wait([&] { return !rig.lines().empty(); }));
  CHECK(rig.lines().front().find("nothing more is accepted beyond what memory holds") != std::string::npos);
  // It tries again, and fails again.
  const int failed = faults.failed();
  REQUIRE(rig.ears->wait([&] { return faults.failed() > failed; }));
  CHECK(rig.ears->committed() == 1);
  // The same each time, so that the log writes it once.
  for (const std::string& line : rig.lines()) { CHECK(line == rig.lines().front()); }
  faults.stop();
  REQUIRE(rig.ears->wait_committed(2));
  REQUIRE(rig.ears->wait([&] { return rig.journal->has_room(10); }));
  rig.append(3, "after");
  REQUIRE(rig.ears->wait_committed(3));
  CHECK(rig.texts() == std::vector<std::string>{"before", "meanwhile", "after"});
}

TEST_CASE("journal: its log is not left to grow when only its file cannot be written") {
  const InMemory place;
  JournalRig rig{options};
  Faults faults{rig.folder.path()};
  faults.fail_all(".db");
  const std::string text(30'000, 'x');
  uint64_t seq = 0;
  uint64_t longest = 0;
  while (seq < 400) {
    if (!rig.journal->has_room(40'000)) { break; }
    rig.append(++seq, text);
    rig.journal->settle(seq - 1, seq - 1, one_second_ns);
    if (!rig.ears->wait([&] { return rig.ears->committed() >= seq || !rig.journal->has_room(40'000); })) { break; }
    std::error_code none;
    const std::uintmax_t size = fs::file_size(rig.file() + "-wal", none);
    if (!none) { longest = std::max<uint64_t>(longest, size); }
  }
  CHECK(longest < 4 << 20);
  CHECK(faults.failed() > 0);
  CHECK_FALSE(rig.lines().empty());
  faults.stop();
  REQUIRE(rig.ears->wait_committed(seq));
}

TEST_CASE("journal: a group that fails as the journal is closed is written to the successor") {
  const InMemory place;
  JournalRig rig{options};
  rig.append(1, "one");
  REQUIRE(rig.ears->wait_committed(1));
  Faults faults{rig.folder.path()};
  // With a reader that keeps up, what is appended waits for its end.
  rig.journal->settle(1, 1, 0);
  rig.append(2, "two");
  faults.fail(1);
  CHECK(rig.journal->close() == 0);
  CHECK(faults.failed() == 1);
  rig.open();
  CHECK(rig.texts() == std::vector<std::string>{"two"});
}

}  // namespace culvert::test
