// SPDX-License-Identifier: MIT
#include "core/isolation/landlock.hpp"
#include "tests/core/isolation/confined.hpp"

#include <sys/stat.h>

namespace culvert::isolation {

TEST_CASE("confinement: only what is named can be opened, by root too") {
  if (!has_landlock(1)) { return; }
  const Folder folder;
  const std::string named = folder.write("a/named"), other = folder.write("a/other");
  Confinement some = nothing();
  some.paths = {{named}};
  CHECK(confined(some, [&] {
          return opened(named) + ' ' + opened(other) + ' ' + opened("/etc/shadow") + ' ' + opened("/etc/passwd") + ' ' +
                 opened(named, O_WRONLY) + ' ' + opened("/etc/ssl/certs") + ' ' + opened("/proc/1/environ");
        }) == "0 EACCES EACCES EACCES EACCES EACCES EACCES");
  CHECK(confined(some, [&] {
          return opened("/usr/lib") + ' ' + opened("/dev/null", O_RDWR) + ' ' + opened("/proc/self/maps");
        }) == "0 0 0");
}

TEST_CASE("confinement: a folder stands for all below it, and what is written can be made and removed") {
  if (!has_landlock(3)) { return; }
  const Folder folder;
  const std::string file = folder.write("state/deep/file"), beside = folder.write("beside");
  Confinement some = nothing();
  some.paths = {{folder / "state", true}};
  CHECK(confined(some, [&] {
          const std::string fresh = folder / "state/fresh", moved = folder / "state/moved";
          return all({opened(file, O_RDWR | O_TRUNC), opened(fresh, O_WRONLY | O_CREAT | O_EXCL),
                      outcome(rename(fresh.c_str(), moved.c_str())), outcome(unlink(moved.c_str())),
                      outcome(mkdir((folder / "state/more").c_str(), 0700)), opened(beside),
                      outcome(mkdir((folder / "more").c_str(), 0700)),
                      outcome(mknod((folder / "state/disk").c_str(), S_IFBLK | 0600, 0x801))});
        }) == "0 0 0 0 0 EACCES EACCES EACCES");
  // Only read, nothing of it can be changed.
  some.paths = {{folder / "state"}};
  CHECK(confined(some, [&] {
          return opened(file) + ' ' + opened(file, O_WRONLY) + ' ' + outcome(truncate(file.c_str(), 0)) + ' ' +
                 outcome(unlink(file.c_str()));
        }) == "0 EACCES EACCES EACCES");
}

TEST_CASE("confinement: a file that another may replace is followed in its folder, one that may not is not") {
  if (!has_landlock(1)) { return; }
  const Folder folder;
  const std::string named = folder.write("tls/key");
  Confinement some = nothing();
  for (const bool is_renewed : {false, true}) {
    some.paths = {{named, false, is_renewed}};
    int go[2], done[2];
    REQUIRE(pipe(go) == 0);
    REQUIRE(pipe(done) == 0);
    const pid_t other = fork();
    if (other == 0) {
      char one = 0;
      const bool goes = read(go[0], &one, 1) == 1;
      _exit(goes && rename((folder / "tls/next").c_str(), named.c_str()) == 0 && write(done[1], "x", 1) == 1 ? 0 : 1);
    }
    folder.write("tls/next");
    const std::string said = confined(some, [&] {
      char one = 0;
      std::string before = opened(named);
      if (write(go[1], "x", 1) != 1 || read(done[0], &one, 1) != 1) { return std::string{"no pipe"}; }
      return before + ' ' + opened(named) + ' ' + opened(named, O_WRONLY);
    });
    waitpid(other, nullptr, 0);
    CHECK(said == (is_renewed ? "0 0 EACCES" : "0 EACCES EACCES"));
    for (const int end : {go[0], go[1], done[0], done[1]}) { close(end); }
  }
}

TEST_CASE("confinement: a file that is not there yet can be made in its folder, unless that is one of the system's") {
  if (!has_landlock(1)) { return; }
  const Folder folder;
  folder.write("out/other");
  Confinement some = nothing();
  some.paths = {{folder / "out/new.txt", true}, {"/tmp/culvert-not-there.txt", true}, {folder / "in/*.txt"}};
  folder.write("in/1.txt");
  CHECK(confined(some, [&] {
          return opened(folder / "out/new.txt", O_WRONLY | O_CREAT) + ' ' +
                 opened("/tmp/culvert-not-there.txt", O_WRONLY | O_CREAT) + ' ' + opened(folder / "in/1.txt") + ' ' +
                 opened(folder / "in");
        }) == "0 EACCES 0 0");
  CHECK(is_system_folder("/"));
  CHECK(is_system_folder("/etc"));
  CHECK(is_system_folder("/var/lib"));
  CHECK(is_system_folder("/home/somebody"));
  CHECK_FALSE(is_system_folder("/etc/culvert"));
  CHECK_FALSE(is_system_folder("/var/lib/culvert"));
  CHECK_FALSE(is_system_folder("/home/somebody/pipeline"));
}

}  // namespace culvert::isolation
