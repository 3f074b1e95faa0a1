// SPDX-License-Identifier: MIT
// A journal that is not what it was when it was left: each byte changed, each length that it may be cut to, another's
// file.
#include "core/journal/reader.hpp"
#include "core/journal/salvage.hpp"
#include "core/journal/set_aside.hpp"
#include "tests/core/journal/rig.hpp"

#include <chrono>
#include <fstream>
#include <set>

namespace culvert::test {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t rows = 12;

std::string read_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

void write_file(const std::string& path, const std::string& bytes) { std::ofstream{path, std::ios::binary} << bytes; }

/// A folder where nothing waits for a disk, if there is one.
struct Place {
  Place() {
    if (fs::exists("/dev/shm")) { setenv("TMPDIR", "/dev/shm", 1); }
    state = std::make_unique<TemporaryFolder>();
    unsetenv("TMPDIR");
    folder = std::make_unique<journal::Folder>(state->path());
  }
  std::string file() const { return folder->path_of("a.b"); }
  /// Only these files, and nothing of an earlier round.
  void lay(const std::string& file_bytes, const std::string& log_bytes) {
    for (const auto& found : fs::directory_iterator{folder->path()}) {
      if (found.path().filename() != "ballast") { fs::remove(found.path()); }
    }
    write_file(file(), file_bytes);
    if (!log_bytes.empty()) { write_file(file() + "-wal", log_bytes); }
  }
  std::unique_ptr<TemporaryFolder> state;
  std::unique_ptr<journal::Folder> folder;
};

/// The file and the log of a journal with some messages, as a process leaves them that ends, or that is killed.
struct Bytes {
  std::string file, log;
};

Bytes make(bool killed) {
  Place place;
  place.folder->prepare(place.file());
  auto file = std::make_unique<journal::File>(place.file(), journal::FileOptions{});
  for (uint64_t seq = 1; seq <= rows; ++seq) {
    file->begin();
    file->insert(seq, 1, 1, entry(seq, "message " + std::to_string(seq)));
    file->commit();
    if (seq == rows / 2) { file->checkpoint(); }
  }
  if (!killed) { file.reset(); }
  return {read_file(place.file()), killed ? read_file(place.file() + "-wal") : std::string{}};
}

struct Outcome {
  std::set<uint64_t> found;
  bool told = false;
  bool wrong = false;  ///< something came that was never written
};

/// Opens what is there and reads it, as a journal does.
Outcome open_and_read(Place& place) {
  Outcome outcome;
  auto opened = journal::open_journal(*place.folder, place.file(), {});
  journal::Found found = opened.file->read({0, INT64_MAX, false, SIZE_MAX, SIZE_MAX});
  outcome.told = !opened.said.empty() || !found.damaged.empty();
  uint64_t last = 0;
  for (const journal::Row& row : found.rows) {
    outcome.wrong =
        outcome.wrong || row.seq <= last || row.entry != entry(row.seq, "message " + std::to_string(row.seq));
    last = row.seq;
    outcome.found.insert(row.seq);
  }
  // It works again, whatever it was.
  const uint64_t next = std::max(opened.file->next_seq(), rows + 1);
  opened.file->begin();
  opened.file->insert(next, 1, 1, entry(next, "new"));
  opened.file->erase(1, rows);
  for (const auto& [first, last] : found.damaged.all()) { opened.file->erase(first, last); }
  opened.file->commit();
  outcome.wrong = outcome.wrong || opened.file->count().rows != 1;
  return outcome;
}

}  // namespace

TEST_CASE("journal: with any byte of its file changed it starts, gives what can be read, and never loses in silence") {
  const Bytes bytes = make(false);
  Place place;
  std::size_t whole = 0, lost_one = 0, lost_more = 0;
  for (std::size_t at = 0; at < bytes.file.size(); ++at) {
    Bytes changed = bytes;
    changed.file[at] = static_cast<char>(changed.file[at] ^ (1 << at % 8));
    place.lay(changed.file, {});
    CAPTURE(at);
    Outcome outcome;
    REQUIRE_NOTHROW(outcome = open_and_read(place));
    REQUIRE_FALSE(outcome.wrong);
    REQUIRE((outcome.found.size() == rows || outcome.told));
    whole += outcome.found.size() == rows ? 1 : 0;
    lost_one += outcome.found.size() == rows - 1 ? 1 : 0;
    lost_more += outcome.found.size() < rows - 1 ? 1 : 0;
  }
  MESSAGE(bytes.file.size(), " bytes: ", whole, " times all, ", lost_one, " times one lost, ", lost_more,
          " times more");
  CHECK(lost_one > 0);
  // A page that can't be read takes its messages along; there are few such bytes.
  CHECK(lost_more < bytes.file.size() / 20);
}

TEST_CASE("journal: cut short anywhere it starts, gives what can be read, and never loses in silence") {
  const Bytes bytes = make(false);
  Place place;
  for (std::size_t size = 1; size < bytes.file.size(); ++size) {
    // Within a page each place is like its neighbours.
    if (size % 4096 > 128 && size % 4096 < 4096 - 16 && size % 16 != 0) { continue; }
    place.lay(bytes.file.substr(0, size), {});
    CAPTURE(size);
    Outcome outcome;
    REQUIRE_NOTHROW(outcome = open_and_read(place));
    REQUIRE_FALSE(outcome.wrong);
    REQUIRE((outcome.found.size() == rows || outcome.told));
  }
}

TEST_CASE("journal: with its log changed or cut anywhere it starts, with what was committed before that place") {
  const Bytes bytes = make(true);
  REQUIRE(bytes.log.size() > 4096);
  Place place;
  const auto check = [&](const std::string& log) {
    place.lay(bytes.file, log);
    Outcome outcome;
    REQUIRE_NOTHROW(outcome = open_and_read(place));
    REQUIRE_FALSE(outcome.wrong);
    // What was brought into the file is there, and of the rest all up to some message.
    REQUIRE(outcome.found.size() >= rows / 2);
    REQUIRE(*outcome.found.rbegin() == outcome.found.size());
  };
  for (std::size_t at = 0; at < bytes.log.size(); at += 5) {
    std::string log = bytes.log;
    log[at] = static_cast<char>(log[at] ^ (1 << at % 8));
    CAPTURE(at);
    check(log);
    check(bytes.log.substr(0, at));
  }
}

TEST_CASE("journal: another's file is set aside as it is, with one line, and a new journal is there") {
  Place place;
  for (const std::string& bytes : {std::string(10'000, 'x'), std::string{"short"}}) {
    place.lay(bytes, {});
    auto opened = journal::open_journal(*place.folder, place.file(), {});
    CHECK(opened.file->count().rows == 0);
    CHECK(opened.said.find("set aside as '") != std::string::npos);
    std::size_t kept = 0;
    for (const auto& found : fs::directory_iterator{place.folder->path()}) {
      if (found.path().string().find(".damaged-2") != std::string::npos) {
        ++kept;
        CHECK(read_file(found.path().string()) == bytes);
      }
    }
    CHECK(kept == 1);
  }
  // A database of some other program.
  place.lay({}, {});
  {
    sqlite::Database other{place.file(), sqlite::Database::Access::read_write};
    other.run("CREATE TABLE message(x); INSERT INTO message VALUES(1)");
  }
  auto opened = journal::open_journal(*place.folder, place.file(), {});
  CHECK(opened.said.find("no journal of Culvert's") != std::string::npos);
}

TEST_CASE("journal: in a large one a damaged page costs what is on it, and all before and behind it is taken over") {
  Place place;
  place.folder->prepare(place.file());
  constexpr uint64_t many = 3000;
  uint64_t id = 0;
  {
    journal::File file{place.file(), {}};
    id = file.id();
    file.begin();
    for (uint64_t seq = 1; seq <= many; ++seq) { file.insert(seq, 1, 1, entry(seq, std::string(150, 'x'))); }
    for (uint64_t seq = 1; seq <= 5; ++seq) { file.bury({seq, 7, "it is bad", entry(seq, "dead")}); }
    file.reserve(many + 1);
    file.commit();
  }
  std::string bytes = read_file(place.file());
  // The head of a page in the middle, whose rows follow each other.
  const std::size_t page = bytes.size() / 4096 / 2 * 4096;
  REQUIRE(bytes[page] == 13);
  bytes[page] = 0;
  place.lay(bytes, {});
  auto opened = journal::open_journal(*place.folder, place.file(), {});
  CHECK(opened.said.find("damaged") != std::string::npos);
  const journal::Stock stock = opened.file->count();
  CHECK(stock.rows >= many - 30);
  CHECK(stock.rows < many);
  CHECK(stock.first == 1);
  CHECK(stock.last == many);
  CHECK(opened.file->id() == id);
  CHECK(opened.file->next_seq() == many + 1);
  CHECK(opened.file->dead() == 5);
  opened.file.reset();
  const auto letters = journal::Reader{place.file()}.dead(0).items;
  REQUIRE(letters.size() == 5);
  CHECK(letters[4].reason == "it is bad");
  CHECK(letters[4].ended_ns == 7);
  CHECK(letters[4].entry == entry(5, "dead"));
}

TEST_CASE("journal: of the files that are set aside the newest eight stay, so that a bad disk does not fill up") {
  Place place;
  const auto content = [](std::size_t round) { return std::string(5000, static_cast<char>('a' + round)); };
  std::string said;
  for (std::size_t round = 0; round < journal::max_aside + 3; ++round) {
    write_file(place.file(), content(round));
    // A file system may tell times by the tick of a clock.
    fs::last_write_time(place.file(), fs::file_time_type::clock::now() + std::chrono::seconds{round});
    auto opened = journal::open_journal(*place.folder, place.file(), {});
    said = opened.said;
  }
  std::set<std::string> left;
  for (const auto& found : fs::directory_iterator{place.folder->path()}) {
    if (found.path().string().find(".damaged-") != std::string::npos) { left.insert(read_file(found.path())); }
  }
  CHECK(said.find("the oldest went") != std::string::npos);
  CHECK(left.size() == journal::max_aside);
  CHECK(left.count(content(2)) == 0);
  CHECK(left.count(content(3)) == 1);
}

TEST_CASE("journal: a process that ended while it set a file aside has lost nothing") {
  const Bytes bytes = make(false), killed = make(true);
  Place place;
  const std::string next = place.file() + ".new";
  // Before the file was moved: the successor may be half, and is made again.
  place.lay(bytes.file, {});
  write_file(next, bytes.file.substr(0, 5000));
  CHECK(open_and_read(place).found.size() == rows);
  CHECK_FALSE(fs::exists(next));
  // After it: the successor is whole, and what log is still there is not its own.
  place.lay({}, killed.log);
  fs::remove(place.file());
  write_file(next, bytes.file);
  CHECK(open_and_read(place).found.size() == rows);
  CHECK_FALSE(fs::exists(next));
}

}  // namespace culvert::test
