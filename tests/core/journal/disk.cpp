// SPDX-License-Identifier: MIT
// What a disk and a file system can do to a journal.
#include "tests/core/journal/rig.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

namespace culvert::test {
namespace {

namespace fs = std::filesystem;

/// Mounts of this process are from now on its own. In a chroot "/" is no mount, and those that it has are taken as they
/// are.
bool leave_mounts() {
  return unshare(CLONE_NEWNS) == 0 &&
         (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 || errno == EINVAL);
}

/// Whether this process may mount, tried in another one.
bool may_mount() {
  const pid_t child = fork();
  if (child == 0) {
    const bool may = leave_mounts() && mount("tmpfs", "/mnt", "tmpfs", 0, "size=1m") == 0;
    _exit(may ? 0 : 1);
  }
  int status = 1;
  waitpid(child, &status, 0);
  return status == 0;
}

/// A file system of 8 MiB that only this process sees.
class SmallDisk {
 public:
  SmallDisk() {
    REQUIRE(leave_mounts());
    REQUIRE(mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=8m,mode=700") == 0);
  }
  ~SmallDisk() { umount2(folder_.path().c_str(), MNT_DETACH); }
  const std::string& path() const { return folder_.path(); }
  /// Takes all room that there is, to the last page.
  void fill() {
    std::ofstream junk{path() + "/junk", std::ios::binary | std::ios::app};
    const std::string page(4096, 'x');
    while (junk.write(page.data(), static_cast<std::streamsize>(page.size())).flush()) {}
  }
  void empty() { fs::remove(path() + "/junk"); }

 private:
  TemporaryFolder folder_;
};

/// The line of the error that a folder is refused with, by a user who is not root.
std::string refused(const std::string& state, const std::string& prepared = {}) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    constexpr uid_t nobody = 65534;
    std::string line = "it was taken";
    if (geteuid() == 0 && setresuid(nobody, nobody, nobody) != 0) { line = "no other user"; }
    try {
      const journal::Folder folder{state};
      if (!prepared.empty()) { folder.prepare(folder.path_of(prepared)); }
    } catch (const std::exception& error) { line = error.what(); }
    [[maybe_unused]] const ssize_t written = write(ends[1], line.data(), line.size());
    _exit(0);
  }
  close(ends[1]);
  char text[1000];
  const ssize_t size = read(ends[0], text, sizeof text);
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return {text, static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

bool has(const std::string& line, const std::string& part) { return line.find(part) != std::string::npos; }

}  // namespace

TEST_CASE(
    "journal: on a full disk it keeps what it has, accepts nothing more, and goes on by itself when there is room" *
    doctest::skip(!may_mount()) * doctest::description("this process may not mount a file system")) {
  SmallDisk disk;
  journal::Folder folder{disk.path()};
  REQUIRE(folder.has_ballast());
  std::mutex mutex;
  std::vector<std::string> said;
  const auto say = [&](LogKind, const std::string& line) {
    const std::lock_guard lock{mutex};
    said.push_back(line);
  };
  auto ears = std::make_unique<Ears>();
  auto journal = std::make_unique<journal::Journal>(folder, "a.b", journal::FileOptions{}, say);
  journal->start(*ears);
  uint64_t seq = 0;
  const auto append = [&] {
    ++seq;
    journal->append(seq, entry(seq, std::to_string(seq)), 1, monotonic_ns());
  };
  for (int i = 0; i < 100; ++i) { append(); }
  REQUIRE(ears->wait_committed(100));

  disk.fill();
  // Into the log as long as it has room that it took before; then the disk has none.
  while (journal->has_room(100) && seq < 1'000'000) { append(); }
  REQUIRE(ears->wait([&] { return !journal->has_room(100); }));
  REQUIRE(ears->wait([&] {
    const std::lock_guard lock{mutex};
    return !said.empty();
  }));
  CHECK(has(said.front(), "disk is full"));
  const uint64_t accepted = seq;
  // With the ballast's room what was accepted is written after all, and all of it can be read.
  REQUIRE(ears->wait_committed(accepted));
  journal->read({1, accepted, false, SIZE_MAX, SIZE_MAX});
  CHECK(ears->take_piece().entries.size() == accepted);

  // Somebody else takes all room that the journal gives back, the ballast's too.
  journal->settle(1, 50, one_second_ns);
  const auto is_short = [&] {
    if (journal->has_room(100)) { append(); }
    disk.fill();
    return !folder.has_ballast();
  };
  REQUIRE(ears->wait(is_short));
  journal->close();
  journal.reset();

  // A start while it is full.
  disk.fill();
  ears = std::make_unique<Ears>();
  journal::Folder again{disk.path()};
  CHECK_FALSE(again.has_ballast());
  journal = std::make_unique<journal::Journal>(again, "a.b", journal::FileOptions{}, say);
  CHECK(journal->contents().messages >= accepted - 50);
  CHECK_FALSE(journal->has_room(100));
  journal->start(*ears);
  seq = journal->contents().next_seq - 1;
  disk.empty();
  REQUIRE(ears->wait([&] { return journal->has_room(100); }));
  append();
  CHECK(ears->wait_committed(seq));
  CHECK(again.has_ballast());
  CHECK(journal->counters().set_aside == 0);
}

TEST_CASE("journal: its limit is at most a tenth of the file system" * doctest::skip(!may_mount()) *
          doctest::description("this process may not mount a file system")) {
  SmallDisk disk;
  const journal::Folder folder{disk.path()};
  CHECK(folder.limit(256 << 20) == 8 * 1024 * 1024 / 10 / 4096 * 4096);
  CHECK(folder.limit(1 << 19) == 1 << 19);
}

TEST_CASE(
    "journal: a folder that is another's, may not be written, or is a link is refused, and the line says which and "
    "why") {
  const TemporaryFolder state;
  const std::string folder = state.path() + "/journal";
  chmod(state.path().c_str(), 0755);
  if (geteuid() == 0) {
    fs::create_directory(folder);
    CHECK(has(refused(state.path()), "journal '" + folder + "': belongs to user 0, and this is user 65534"));
    fs::remove(folder);
    CHECK(has(refused(state.path()), "journal '" + folder + "': cannot be made: Permission denied"));
    chown(state.path().c_str(), 65534, 65534);
  }
  chmod(state.path().c_str(), 0500);
  CHECK(has(refused(state.path()), "cannot be made: Permission denied"));
  chmod(state.path().c_str(), 0700);
  fs::create_directory(state.path() + "/elsewhere");
  fs::create_symlink(state.path() + "/elsewhere", folder);
  CHECK(has(refused(state.path()), "journal '" + folder + "': is a symbolic link"));
  fs::remove(folder);
  std::ofstream{folder};
  CHECK(has(refused(state.path()), "is no folder"));
  CHECK(has(refused(state.path() + "/missing"), "journal '" + state.path() + "/missing': cannot be had: No such file"));
}

TEST_CASE("journal: a link, a folder or another's file in the place of a journal is refused") {
  const TemporaryFolder state;
  const std::string folder = state.path() + "/journal", file = folder + "/a.b.db";
  if (geteuid() == 0) { chown(state.path().c_str(), 65534, 65534); }
  REQUIRE(refused(state.path(), "x") == "it was taken");
  fs::create_symlink("/etc/passwd", file);
  CHECK(has(refused(state.path(), "a.b"), "journal '" + file + "': is a symbolic link"));
  fs::remove(file);
  fs::create_directory(file);
  CHECK(has(refused(state.path(), "a.b"), "is no file"));
  fs::remove(file);
  if (geteuid() != 0) { return; }
  std::ofstream{file} << "root's";
  CHECK(has(refused(state.path(), "a.b"), "belongs to user 0"));
}

TEST_CASE("journal: it is for who opened it alone as long as it is open") {
  JournalRig rig;
  sqlite::Database other{rig.file(), sqlite::Database::Access::read_write};
  CHECK_THROWS_AS(other.run("PRAGMA busy_timeout = 1; INSERT INTO message VALUES(1, 1, 1, 1, x'00')"),
                  std::system_error);
}

}  // namespace culvert::test
