// SPDX-License-Identifier: MIT
#include "core/isolation/confinement.hpp"

#include "core/isolation/kernel.hpp"
#include "core/isolation/sanitized.hpp"
#include "tests/core/isolation/confined.hpp"

#include <netinet/in.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <csignal>
#include <thread>
#include <vector>

namespace culvert::isolation {

TEST_CASE("confinement: what is said to a child arrives, and all else is refused") {
  Confinement given = nothing();
  given.memory = uint64_t{64} << 20;
  given.files = 64;
  given.user = Identity{1000, 100, {100, 20}, "edge"};
  given.network = given.processes = true;
  given.paths = {{"/etc/\xff.crt", false, true}, {"/var/lib/culvert", true}};
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  send_confinement(ends[1], given);
  const Confinement got = receive_confinement(ends[0]);
  CHECK(got.memory == given.memory);
  CHECK(got.files == given.files);
  REQUIRE(got.user.has_value());
  CHECK(got.user->user == 1000);
  CHECK(got.user->group == 100);
  CHECK(got.user->groups == std::vector<gid_t>{100, 20});
  CHECK(got.user->name == "edge");
  CHECK(got.is_known);
  CHECK(got.network);
  CHECK(got.processes);
  CHECK_FALSE(got.devices);
  CHECK_FALSE(got.standard_output);
  REQUIRE(got.paths.size() == 2);
  CHECK(got.paths[0].path == "/etc/\xff.crt");
  CHECK(got.paths[0].is_renewed);
  CHECK_FALSE(got.paths[0].is_written);
  CHECK(got.paths[1].is_written);
  send_confinement(ends[1], {});
  const Confinement open = receive_confinement(ends[0]);
  CHECK_FALSE(open.is_known);
  CHECK_FALSE(open.user.has_value());
  given.paths.assign(100, {std::string(1000, 'x'), false, false});
  CHECK_THROWS_AS(send_confinement(ends[1], given), std::length_error);
  for (const std::string& wrong : {std::string{"CVC1\1\0\0\0x", 9}, std::string{"hello, this is a text"}}) {
    int others[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, others) == 0);
    REQUIRE(write(others[1], wrong.data(), wrong.size()) == static_cast<ssize_t>(wrong.size()));
    CHECK_THROWS_AS(receive_confinement(others[0]), std::runtime_error);
    close(others[0]);
    close(others[1]);
  }
  close(ends[1]);
  CHECK_THROWS_AS(receive_confinement(ends[0]), std::runtime_error);
  close(ends[0]);
}

TEST_CASE("confinement: without the need for the network there is no socket, with it none but those of its protocols") {
  if (!can_filter_system_calls()) { return; }
  const auto sockets = [] {
    std::string said;
    for (const int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK, AF_PACKET, AF_ALG, AF_VSOCK}) {
      const int one = socket(family, family == AF_NETLINK || family == AF_PACKET ? SOCK_RAW : SOCK_STREAM, 0);
      said += (said.empty() ? "" : " ") + std::string{one >= 0 || errno != EACCES ? "open" : "EACCES"};
      if (one >= 0) { close(one); }
    }
    int pair[2];
    return said + ' ' + outcome(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  };
  Confinement some = nothing();
  CHECK(confined(some, sockets) == "EACCES EACCES EACCES EACCES EACCES EACCES EACCES 0");
  some.network = true;
  CHECK(confined(some, sockets) == "open open open open EACCES EACCES EACCES 0");
}

TEST_CASE("confinement: with an older filter TCP is refused by Landlock all the same") {
  if (!has_landlock(4)) { return; }
  // The socket was there before, as one that is handed over would be.
  const int one = socket(AF_INET, SOCK_STREAM, 0);
  REQUIRE(one >= 0);
  CHECK(confined(nothing(), [&] {
          sockaddr_in to{};
          to.sin_family = AF_INET;
          to.sin_port = htons(1);
          to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
          std::string said = outcome(connect(one, reinterpret_cast<const sockaddr*>(&to), sizeof to));
          to.sin_port = 0;
          return said + ' ' + outcome(bind(one, reinterpret_cast<const sockaddr*>(&to), sizeof to));
        }) == "EACCES EACCES");
  close(one);
}

TEST_CASE("confinement: what no plugin needs is refused even to one that does not say what it needs") {
  if (!can_filter_system_calls()) { return; }
  CHECK(confined({}, [] {
          rlimit wide{RLIM_INFINITY, RLIM_INFINITY};
          return all(
              {outcome(syscall(SYS_setuid, 0)), outcome(syscall(SYS_mount, nullptr, nullptr, nullptr, 0, nullptr)),
               outcome(syscall(SYS_init_module, nullptr, 0, nullptr)), outcome(syscall(SYS_bpf, 0, nullptr, 0)),
               outcome(syscall(SYS_unshare, 0)), outcome(syscall(SYS_io_uring_setup, 1, nullptr)), outcome(setsid()),
               outcome(prlimit(0, RLIMIT_NOFILE, &wide, nullptr)), outcome(prlimit(0, RLIMIT_NOFILE, nullptr, &wide))});
        }) == "EPERM EPERM EPERM EPERM EPERM ENOSYS EPERM EPERM 0");
}

TEST_CASE("confinement: one that does not say what it needs opens files, connects, and starts programs") {
  const Folder folder;
  const std::string file = folder.write("file");
  CHECK(confined({}, [&] {
          const int one = socket(AF_INET, SOCK_STREAM, 0);
          const pid_t child = fork();
          if (child == 0) { execl("/bin/true", "true", nullptr); }
          int status = -1;
          waitpid(child, &status, 0);
          return opened(file, O_RDWR) + ' ' + outcome(one) + ' ' + std::to_string(status);
        }) == "0 0 0");
}

TEST_CASE(
    "confinement: without the need for processes nothing is started or signalled, with it programs of the system are") {
  if (!can_filter_system_calls()) { return; }
  const pid_t parent = getpid();
  const auto tries = [&] {
    std::string said = outcome(kill(parent, 0)) + ' ' + outcome(kill(getpid(), 0));
    const pid_t child = fork();
    if (child == 0) { execl("/bin/true", "true", nullptr), _exit(9); }
    if (child < 0) { return said + ' ' + outcome(child); }
    int status = -1;
    waitpid(child, &status, 0);
    return said + ' ' + std::to_string(WEXITSTATUS(status));
  };
  Confinement some = nothing();
  CHECK(confined(some, tries) == (is_sanitized ? "EPERM 0 9" : "EPERM 0 EPERM"));
  if (!has_landlock(6)) { return; }
  some.processes = true;
  CHECK(confined(some, tries) == "EPERM 0 0");
}

TEST_CASE("confinement: threads can be made and joined under the filter") {
  CHECK(confined(nothing(), [] {
          std::string said;
          std::thread one{[&] { said = "ran"; }};
          one.join();
          return said;
        }) == "ran");
}

TEST_CASE("confinement: files and private memory end at their limits, and the process can't raise them") {
  Confinement some;
  some.files = 32;
  CHECK(confined(some, [] {
          std::string said = "0";
          while (said == "0") { said = outcome(dup(STDERR_FILENO)); }
          rlimit limit{};
          getrlimit(RLIMIT_NOFILE, &limit);
          return said + ' ' + std::to_string(limit.rlim_cur) + ' ' + std::to_string(limit.rlim_max);
        }) == "EMFILE 32 32");
  if (is_sanitized) { return; }
  some = {};
  some.memory = uint64_t{16} << 20;
  CHECK(confined(some, [&] {
          void* much = std::malloc(data_limit(*some.memory));
          return std::string{much == nullptr ? "none" : "some"};
        }) == "none");
}

TEST_CASE("confinement: standard output is nothing where it is not needed") {
  CHECK(confined(nothing(), [] { return std::filesystem::read_symlink("/proc/self/fd/1").string(); }) == "/dev/null");
  Confinement some = nothing();
  some.standard_output = true;
  const std::string own = std::filesystem::read_symlink("/proc/self/fd/1").string();
  CHECK(confined(some, [] { return std::filesystem::read_symlink("/proc/self/fd/1").string(); }) == own);
}

TEST_CASE("confinement: a user of the box is found with the groups, and one that is none is not") {
  const auto root = find_user("root");
  REQUIRE(root.has_value());
  CHECK(root->user == 0);
  CHECK(root->group == 0);
  CHECK_FALSE(root->groups.empty());
  CHECK_FALSE(find_user("nobody-of-that-name").has_value());
}

TEST_CASE("confinement: a process that root started becomes another user in all of its ids") {
  if (geteuid() != 0) {
    MESSAGE("needs root");
    return;
  }
  const auto nobody = find_user("nobody");
  REQUIRE(nobody.has_value());
  Confinement some;
  some.user = nobody;
  const std::string user = std::to_string(nobody->user), group = std::to_string(nobody->group);
  CHECK(confined(some, [] {
          uid_t users[3];
          gid_t groups[3], more[64];
          getresuid(&users[0], &users[1], &users[2]);
          getresgid(&groups[0], &groups[1], &groups[2]);
          std::string said;
          for (const uid_t one : users) { said += std::to_string(one) + ' '; }
          for (const gid_t one : groups) { said += std::to_string(one) + ' '; }
          const int count = getgroups(64, more);
          for (int i = 0; i < count; ++i) { said += std::to_string(more[i]) + ' '; }
          return said + opened("/etc/shadow");
        }) == user + ' ' + user + ' ' + user + ' ' + group + ' ' + group + ' ' + group + ' ' + group + " EACCES");
}

TEST_CASE("confinement: root keeps what files, network and devices need of its rights, and programs get none back") {
  if (geteuid() != 0) {
    MESSAGE("needs root");
    return;
  }
  // A container may have taken some before.
  const auto rights = [](const char* set) {
    std::ifstream file{"/proc/self/status"};
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with(set)) { return std::stoull(line.substr(8), nullptr, 16); }
    }
    return 0ULL;
  };
  const unsigned long long before = rights("CapEff:");
  const auto keeps = [&](const Confinement& some, unsigned long long expected) {
    const std::string wanted = std::to_string(before & expected);
    return confined(some, [&] {
             return all({std::to_string(rights("CapPrm:")), std::to_string(rights("CapEff:")),
                         std::to_string(rights("CapBnd:") & before)});
           }) == all({wanted, wanted, wanted});
  };
  Confinement some = nothing();
  CHECK(keeps(some, 0xf));
  some.network = true;
  CHECK(keeps(some, 0x240f));
  CHECK(keeps({}, 0x4827c0f));
}

TEST_CASE("confinement: threads have small stacks from then on") {
  if (is_sanitized) { return; }
  CHECK(confined({}, [] {
          use_small_stacks();
          std::size_t size = 0;
          std::thread one{[&] {
            pthread_attr_t attributes;
            pthread_getattr_np(pthread_self(), &attributes);
            pthread_attr_getstacksize(&attributes, &size);
            pthread_attr_destroy(&attributes);
          }};
          one.join();
          return std::to_string(size >> 10);
        }) == "256");
}

}  // namespace culvert::isolation
