// SPDX-License-Identifier: MIT
#include "core/config/folders.hpp"
#include "core/control/client.hpp"
#include "core/control/server.hpp"
#include "core/lib/nng/requester.hpp"
#include "tests/core/plugin/folder.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

namespace culvert::control {
namespace {

struct Rig {
  std::string run() const { return folder.path("run"); }
  std::string socket(const std::string& name) const { return config::control_socket(run(), name); }
  Json ask(const std::string& name, std::string_view command) const {
    return control::ask(name, {folder.path("none"), run()}, command);
  }
  std::string unreachable(const std::string& name) const {
    try {
      ask(name, "name");
    } catch (const Unreachable& error) { return error.what(); }
    return {};
  }
  static Commands named(const std::string& name) {
    Commands commands;
    commands["name"] = [name](const Json&) { return Json(name); };
    commands["long"] = [](const Json&) { return Json(std::string(8 << 20, 'x')); };
    return commands;
  }

  const test::Folder folder;
  const Log log{LogFormat::text, LogLevel::error};
};

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  return address;
}

/// Connects, and closes at once.
void come_and_go(const std::string& path) {
  const sockaddr_un address = address_of(path);
  const int client = ::socket(AF_UNIX, SOCK_STREAM, 0);
  // Refused while the socket is made anew.
  [[maybe_unused]] const int code = ::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::close(client);
}

/// As a process that was killed leaves it: bound, and nobody listens.
void leave_stale(const std::string& path) {
  const sockaddr_un address = address_of(path);
  const int stale = ::socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(::bind(stale, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(stale, 1) == 0);
  ::close(stale);
}

std::errc failure(const std::function<void()>& call) {
  try {
    call();
  } catch (const std::system_error& error) {
    return static_cast<std::errc>(error.code().default_error_condition().value());
  }
  return {};
}

}  // namespace

TEST_CASE("control socket: each runtime answers under its own name, in a socket for its user alone") {
  const Rig rig;
  const Server one{rig.socket("one"), Rig::named("one"), rig.log};
  const Server two{rig.socket("two"), Rig::named("two"), rig.log};
  CHECK(rig.ask("one", "name") == "one");
  CHECK(rig.ask("two", "name") == "two");
  struct stat status {};
  REQUIRE(stat(rig.socket("one").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  CHECK(running({rig.run()}) == std::vector<std::string>{"one", "two"});
}

TEST_CASE("control socket: where nobody is, that is said, with the names of those who are") {
  const Rig rig;
  CHECK(rig.unreachable("edge") == "no runtime 'edge' is running here");
  const Server one{rig.socket("one"), Rig::named("one"), rig.log};
  CHECK(rig.unreachable("edge") == "no runtime 'edge' is running here, but 'one' is: name it with --name");
  const Server two{rig.socket("two"), Rig::named("two"), rig.log};
  CHECK(rig.unreachable("edge") == "no runtime 'edge' is running here, but 'one', 'two' are: name one with --name");
}

TEST_CASE("control socket: one that was left behind is replaced, one that is in use is not") {
  const Rig rig;
  std::filesystem::create_directory(rig.run());
  leave_stale(rig.socket("edge"));
  CHECK(rig.unreachable("edge") == "no runtime 'edge' is running here");
  std::optional<Server> first;
  first.emplace(rig.socket("edge"), Rig::named("first"), rig.log);
  CHECK_THROWS_AS((Server{rig.socket("edge"), Rig::named("second"), rig.log}), NameInUse);
  CHECK(rig.ask("edge", "name") == "first");
  first.reset();
  CHECK_FALSE(std::filesystem::exists(rig.socket("edge")));
}

TEST_CASE("control socket: an answer of megabytes arrives whole") {
  const Rig rig;
  const Server server{rig.socket("edge"), Rig::named("edge"), rig.log};
  CHECK(rig.ask("edge", "long").get<std::string>().size() == 8 << 20);
}

TEST_CASE("control socket: a request that is too large is cut off, and the next one is answered") {
  const Rig rig;
  const Server server{rig.socket("edge"), Rig::named("edge"), rig.log};
  nng::Requester large{rig.socket("edge")};
  CHECK(failure([&] { large.ask(std::string((64 << 10) + 1, ' '), std::chrono::seconds{10}); }) ==
        std::errc::connection_reset);
  nng::Requester largest{rig.socket("edge")};
  // The number that NNG puts in front counts as well.
  const std::string answer = largest.ask(std::string((64 << 10) - 4, ' '), std::chrono::seconds{10});
  CHECK(answer.find("the request is no JSON object") != std::string::npos);
  CHECK(rig.ask("edge", "name") == "edge");
}

TEST_CASE("control socket: who is cut off does not connect again by itself") {
  const test::Folder folder;
  const std::string path = folder.path("a.sock");
  std::atomic<int> comes{0};
  const auto refuse = [&](uint64_t) { return ++comes < 0; };
  nng::Responder responder{
      path, {1000, 128, std::chrono::hours{1}}, refuse, [](std::string_view) { return std::string{}; }};
  std::vector<std::unique_ptr<nng::Requester>> refused;
  constexpr int count = 40;
  for (int i = 0; i < count; ++i) {
    nng::Requester& one = *refused.emplace_back(std::make_unique<nng::Requester>(path));
    CHECK(failure([&] { one.ask("?", std::chrono::seconds{30}); }) == std::errc::connection_reset);
  }
  CHECK(comes == count);
}

TEST_CASE("control socket: who is not admitted, and who is one too many, is cut off") {
  const test::Folder folder;
  const std::string path = folder.path("a.sock");
  bool admits = false;
  nng::Responder responder{path,
                           {1000, 1},
                           [&](uint64_t uid) { return admits && uid == geteuid(); },
                           [](std::string_view) { return std::string{"yes"}; }};
  const auto ask = [](nng::Requester& requester) { return requester.ask("?", std::chrono::seconds{10}); };
  {
    nng::Requester refused{path};
    CHECK(failure([&] { ask(refused); }) == std::errc::connection_reset);
  }
  admits = true;
  std::optional<nng::Requester> first;
  // The place of the one before is free as soon as NNG has taken down its connection.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  std::string answer;
  while (answer.empty() && std::chrono::steady_clock::now() < deadline) {
    first.emplace(path);
    failure([&] { answer = ask(*first); });
  }
  CHECK(answer == "yes");
  nng::Requester second{path};
  CHECK(failure([&] { ask(second); }) == std::errc::connection_reset);
  CHECK(ask(*first) == "yes");
}

TEST_CASE("control socket: who does not answer is given up after the time that was set") {
  const test::Folder folder;
  const std::string path = folder.path("a.sock");
  std::promise<void> end;
  nng::Responder responder{path,
                           {},
                           [](uint64_t) { return true; },
                           [&, ended = end.get_future().share()](std::string_view) {
                             ended.wait();
                             return std::string{};
                           }};
  nng::Requester requester{path};
  CHECK(failure([&] { requester.ask("?", std::chrono::milliseconds{50}); }) == std::errc::timed_out);
  end.set_value();
}

TEST_CASE("control socket: clients that are gone before they were greeted end nothing for long") {
  const test::Folder folder;
  const std::string path = folder.path("a.sock");
  nng::Responder responder{path,
                           {.request_bytes = 1000, .connections = 10, .probe = std::chrono::milliseconds{100}},
                           [](uint64_t) { return true; },
                           [](std::string_view) { return std::string{"yes"}; }};
  for (int i = 0; i < 100; ++i) { come_and_go(path); }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{40};
  std::string answer;
  while (answer.empty() && std::chrono::steady_clock::now() < deadline) {
    failure([&] { answer = nng::Requester{path}.ask("?", std::chrono::milliseconds{500}); });
  }
  CHECK(answer == "yes");
}

TEST_CASE("control socket: one that somebody has removed is made anew") {
  const test::Folder folder;
  const std::string path = folder.path("a.sock");
  nng::Responder responder{path,
                           {.request_bytes = 1000, .connections = 10, .probe = std::chrono::milliseconds{20}},
                           [](uint64_t) { return true; },
                           [](std::string_view) { return std::string{"yes"}; }};
  REQUIRE(std::filesystem::remove(path));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{40};
  std::string answer;
  while (answer.empty() && std::chrono::steady_clock::now() < deadline) {
    failure([&] { answer = nng::Requester{path}.ask("?", std::chrono::milliseconds{500}); });
  }
  CHECK(answer == "yes");
}

}  // namespace culvert::control
