// SPDX-License-Identifier: MIT
#include "core/util/service_manager.hpp"

#include "core/util/clock.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

namespace culvert {
namespace {

/// A manager's socket, in a folder of its own or, with `@`, in none; and the environment that names it.
class Manager {
 public:
  explicit Manager(bool in_folder = true) {
    if (in_folder) { REQUIRE(mkdtemp(folder_) != nullptr); }
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = in_folder ? folder_ + std::string{"/notify"} : "culvert-" + std::to_string(getpid());
    std::memcpy(address.sun_path + (in_folder ? 0 : 1), name.data(), name.size());
    const std::size_t size = offsetof(sockaddr_un, sun_path) + 1 + name.size();
    socket_ = Descriptor{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    REQUIRE(bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(size)) == 0);
    path_ = (in_folder ? "" : "@") + name;
    setenv("NOTIFY_SOCKET", path_.c_str(), 1);
  }
  ~Manager() {
    if (path_[0] == '@') { return; }
    unlink(path_.c_str());
    rmdir(folder_);
  }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  const std::string& path() const { return path_; }
  /// What came first of what is here; nothing is on its way on such a socket.
  std::optional<std::string> next() {
    char text[4096];
    const ssize_t size = recv(socket_.get(), text, sizeof text, 0);
    return size < 0 ? std::nullopt : std::optional{std::string{text, static_cast<std::size_t>(size)}};
  }

 private:
  char folder_[32] = "/tmp/culvert-XXXXXX";
  std::string path_;
  Descriptor socket_;
};

void set_watchdog(const std::string& usec, const std::string& pid = "") {
  setenv("WATCHDOG_USEC", usec.c_str(), 1);
  if (!pid.empty()) { setenv("WATCHDOG_PID", pid.c_str(), 1); }
}

bool is_in_environment() {
  return std::getenv("NOTIFY_SOCKET") != nullptr || std::getenv("WATCHDOG_USEC") != nullptr ||
         std::getenv("WATCHDOG_PID") != nullptr;
}

}  // namespace

TEST_CASE(
    "service manager: it hears of the start, the status, the watchdog's time and the end, in a folder or in none") {
  for (const bool in_folder : {true, false}) {
    Manager manager{in_folder};
    set_watchdog("2000000", std::to_string(getpid()));
    ServiceManager told;
    CHECK_FALSE(is_in_environment());
    CHECK(told.is_there());
    CHECK(told.watchdog_interval_ns() == one_second_ns);
    told.turn(0);
    CHECK_FALSE(manager.next());
    told.ready();
    told.set_status("2 nodes");
    told.turn(1);
    CHECK(manager.next() == "READY=1\nSTATUS=2 nodes\nWATCHDOG=1\n");
    told.turn(one_second_ns);
    CHECK_FALSE(manager.next());
    CHECK(told.due_ns() == one_second_ns + 1);
    told.turn(told.due_ns());
    CHECK(manager.next() == "WATCHDOG=1\n");
    told.stopping(5 * one_second_ns);
    told.turn(2 * one_second_ns);
    CHECK(manager.next() == "STOPPING=1\nEXTEND_TIMEOUT_USEC=5000000\n");
    told.turn(100 * one_second_ns);
    CHECK_FALSE(manager.next());
    CHECK(told.due_ns() == INT64_MAX);
  }
}

TEST_CASE("service manager: a status is told when it is another one, and every five seconds at most") {
  Manager manager;
  ServiceManager told;
  told.ready();
  told.set_status("one");
  told.turn(1);
  CHECK(manager.next() == "READY=1\nSTATUS=one\n");
  CHECK_FALSE(told.wants_status(ServiceManager::status_interval_ns));
  told.set_status("two");
  told.turn(ServiceManager::status_interval_ns);
  CHECK_FALSE(manager.next());
  told.turn(ServiceManager::status_interval_ns + 1);
  CHECK(manager.next() == "STATUS=two\n");
  told.set_status("two");
  told.turn(10 * ServiceManager::status_interval_ns);
  CHECK_FALSE(manager.next());
}

TEST_CASE("service manager: the watchdog of another process, and one that makes no sense, is not told") {
  Manager manager;
  const std::string other = std::to_string(getpid() + 1);
  const std::pair<const char*, std::string> wrong[] = {
      {"2000000", other}, {"2000000", "x"}, {"0", ""}, {"", ""}, {"2 s", ""}, {"-1", ""}, {"18446744073709551615", ""}};
  for (const auto& [usec, pid] : wrong) {
    CAPTURE(usec);
    CAPTURE(pid);
    setenv("NOTIFY_SOCKET", manager.path().c_str(), 1);
    set_watchdog(usec, pid);
    ServiceManager told;
    CHECK_FALSE(is_in_environment());
    told.ready();
    told.turn(1);
    CHECK(manager.next() == "READY=1\n");
    told.turn(1000 * one_second_ns);
    CHECK_FALSE(manager.next());
  }
  set_watchdog("10");
  setenv("NOTIFY_SOCKET", manager.path().c_str(), 1);
  CHECK(ServiceManager{}.watchdog_interval_ns() == ServiceManager::shortest_interval_ns);
}

TEST_CASE("service manager: what a manager does not take now it gets later, and nobody waits for it") {
  Manager manager;
  ServiceManager told;
  // As many as there is room for.
  for (int sent = 0; told.due_ns() == INT64_MAX; ++sent) {
    REQUIRE(sent < 100'000);
    told.ready();
    told.turn(0);
  }
  const int64_t due_ns = told.due_ns();
  CHECK(due_ns > 0);
  while (manager.next()) {}
  told.turn(due_ns - 1);
  CHECK_FALSE(manager.next());
  told.turn(due_ns);
  const std::optional<std::string> late = manager.next();
  REQUIRE(late);
  CHECK(*late == "READY=1\n");
}

TEST_CASE("service manager: without one, or with an address that is none, nothing is told, and the latter is said") {
  unsetenv("NOTIFY_SOCKET");
  set_watchdog("2000000");
  ServiceManager nobody;
  CHECK_FALSE(nobody.is_there());
  CHECK(nobody.problem().empty());
  CHECK(nobody.watchdog_interval_ns() == 0);
  nobody.ready();
  nobody.turn(1);
  CHECK(nobody.due_ns() == INT64_MAX);
  for (const std::string& address : {std::string{"vsock:2:1"}, std::string{"relative"}, '/' + std::string(107, 'a')}) {
    setenv("NOTIFY_SOCKET", address.c_str(), 1);
    ServiceManager wrong;
    CHECK_FALSE(wrong.is_there());
    CHECK(wrong.problem().find('\'' + address + '\'') != std::string::npos);
    CHECK_FALSE(is_in_environment());
  }
  setenv("NOTIFY_SOCKET", "/tmp/culvert-nobody-listens-here", 1);
  ServiceManager gone;
  gone.ready();
  gone.turn(1);
  CHECK(gone.due_ns() > 1);
}

}  // namespace culvert
