// SPDX-License-Identifier: MIT
#include "core/util/log.hpp"

#include "tests/support/folder.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace culvert::test {
namespace {

constexpr LogKind said{LogEvent::plugin_line, LogLevel::info};

/// What goes to standard error as long as it lives.
class Caught {
 public:
  Caught() : before_{dup(STDERR_FILENO)} {
    const int file = open(path_.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    REQUIRE(dup2(file, STDERR_FILENO) >= 0);
    close(file);
  }
  ~Caught() {
    dup2(before_, STDERR_FILENO);
    close(before_);
  }
  Caught(const Caught&) = delete;
  Caught& operator=(const Caught&) = delete;

  std::vector<std::string> lines() const {
    std::vector<std::string> all;
    std::ifstream file{path_};
    for (std::string line; std::getline(file, line);) { all.push_back(line); }
    return all;
  }

 private:
  const TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/stderr";
  const int before_;
};

}  // namespace

TEST_CASE("log: a line of text ends with its event's id, one of a plugin only if it looks as if it did") {
  const Caught caught;
  const Log log{LogFormat::text, LogLevel::info};
  log.write(LogEvent::node_failed, "s", "broken");
  log.write(LogEvent::node_link, "s", "up");
  log.write(said, "s", "well");
  log.write(said, "s", "well [node.failed]");
  log.write(said, "s", "well [node.failed] ");
  log.write(said, "s", "two\nlines");
  CHECK(caught.lines() == std::vector<std::string>{"error s: broken [node.failed]", "info s: well",
                                                   "info s: well [node.failed] [plugin.line]",
                                                   "info s: well [node.failed]  [plugin.line]",
                                                   "info s: two\\x0alines"});
}

TEST_CASE(
    "log: repeated lines are told at the end with their number, but debug lines and those that count themselves") {
  const Caught caught;
  {
    const Log log{LogFormat::text, LogLevel::debug};
    for (int number = 1; number <= 3; ++number) {
      log.write(said, "s", "try " + std::to_string(number));
      log.write(LogEvent::node_link, "s", "up");
      log.write(LogEvent::route_dropped, "runtime", "dropped 1 message");
      log.write(LogEvent::node_retries, "s", "next try in " + std::to_string(number) + " s");
    }
    CHECK(caught.lines() ==
          std::vector<std::string>{"info s: try 1", "debug s: up [node.link]",
                                   "warn runtime: dropped 1 message [route.dropped]",
                                   "warn s: next try in 1 s [node.retries]", "debug s: up [node.link]",
                                   "warn runtime: dropped 1 message [route.dropped]", "debug s: up [node.link]",
                                   "warn runtime: dropped 1 message [route.dropped]"});
    log.tell_repeats();
    CHECK(caught.lines().size() == 8);
  }
  const std::vector<std::string> all = caught.lines();
  REQUIRE(all.size() == 10);
  CHECK(all[8].starts_with("info s: try 3 (2 more in "));
  CHECK(all[9].starts_with("warn s: next try in 3 s (2 more in "));
  CHECK(all[9].ends_with(" s) [node.retries]"));
}

TEST_CASE("log: a line of JSON has its event, and one that stands for others their number") {
  const Caught caught;
  {
    const Log log{LogFormat::json, LogLevel::info};
    log.write(said, "s", "try 1");
    log.write(said, "s", "try 2");
    log.write(LogEvent::runtime_running, "runtime", "running");
  }
  std::vector<nlohmann::json> all;
  for (const std::string& line : caught.lines()) { all.push_back(nlohmann::json::parse(line)); }
  REQUIRE(all.size() == 3);
  CHECK(all[0]["event"] == "plugin.line");
  CHECK(all[0]["level"] == "info");
  CHECK(all[0]["message"] == "try 1");
  CHECK_FALSE(all[0].contains("count"));
  CHECK(all[1]["event"] == "runtime.running");
  CHECK(all[2]["event"] == "plugin.line");
  CHECK(all[2]["message"] == "try 2");
  CHECK(all[2]["count"] == 1);
}

TEST_CASE("log: what is handed to a sink is all of it, with its kind") {
  std::vector<LogKind> kinds;
  {
    const Log log{[&](LogKind kind, std::string_view, std::string_view) { kinds.push_back(kind); }};
    for (int times = 0; times < 3; ++times) { log.write(LogEvent::node_failed, "s", "broken"); }
    log.write({LogEvent::runtime_stopped, LogLevel::warn}, "runtime", "stopped");
  }
  REQUIRE(kinds.size() == 4);
  CHECK(kinds[2] == LogKind{LogEvent::node_failed});
  CHECK(kinds[3].level == LogLevel::warn);
}

TEST_CASE("log: a line above the level is neither written nor counted") {
  const Caught caught;
  {
    const Log log{LogFormat::text, LogLevel::warn};
    for (int times = 0; times < 3; ++times) { log.write(said, "s", "well"); }
    log.write_at(LogLevel::info, said, "s", "well");
  }
  CHECK(caught.lines() == std::vector<std::string>{"info s: well"});
}

TEST_CASE("log events: an event with a level of its own has no other, and an unknown id is none") {
  CHECK(LogKind(LogEvent::node_failed, LogLevel::debug).level == LogLevel::error);
  CHECK(LogKind(LogEvent::plugin_line, LogLevel::debug).level == LogLevel::debug);
  REQUIRE(find_log_event("journal.no-room") != nullptr);
  CHECK(find_log_event("journal.no-room")->event == LogEvent::journal_no_room);
  CHECK(find_log_event("journal.no_room") == nullptr);
  CHECK(find_log_event("") == nullptr);
  for (const char* wrong : {"", "a", "a.", ".a", "a.b.c", "a.b-", "a.-b", "a.B", "a.b_c", "a.1"}) {
    CHECK_FALSE(detail::is_log_event_id(wrong));
  }
  CHECK(detail::is_log_event_id("a.b-c"));
}

}  // namespace culvert::test
