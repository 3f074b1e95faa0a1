// SPDX-License-Identifier: MIT
#include "core/node/last_crash.hpp"

#include "core/util/clock.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <cstring>

namespace culvert {
namespace {

constexpr char this_boot[] = "6b0c8a52-0000-4000-8000-000000000001";

/// Of a crash 90 s ago, and the box was started 100 s ago or earlier.
CrashRecord sample() {
  CrashRecord record;
  record.state = record.run = 4711;
  record.wall_ns = wall_ns() - 90 * one_second_ns;
  record.boot_time_ns = boot_time_ns() - 60 * one_second_ns;
  record.signal = SIGSEGV;
  record.code = SEGV_MAPERR;
  record.pid = 17;
  std::memcpy(record.boot_id, this_boot, sizeof this_boot);
  std::strcpy(record.thread, "boiler");
  std::strcpy(record.node, "boiler");
  std::strcpy(record.plugin, "sensor");
  std::strcpy(record.call, "poll");
  return record;
}

std::string text_of(const CrashRecord& record, const std::string& boot_id = this_boot) {
  std::string why;
  const std::optional<LastCrash> crash = read_crash(record, boot_id, why);
  CHECK(why.empty());
  REQUIRE(crash);
  return crash->text();
}

}  // namespace

TEST_CASE("last crash: how long ago is told by the time since the start of the box, else by its clock, else not") {
  CrashRecord record = sample();
  if (record.boot_time_ns >= 0) {
    CHECK(text_of(record).find("(plugin 'sensor', in 'poll'), 1 min 0 s ago") != std::string::npos);
    record.wall_ns += 3600 * one_second_ns;
    CHECK(text_of(record).ends_with(", 1 min 0 s ago"));
  }
  record = sample();
  CHECK(text_of(record, "another") == "SIGSEGV in node 'boiler' (plugin 'sensor', in 'poll'), 1 min 30 s ago");
  CHECK(text_of(record, "").ends_with(", 1 min 30 s ago"));
  record.wall_ns = wall_ns() + 3600 * one_second_ns;
  CHECK(text_of(record, "another").ends_with(", at a time that is not known"));
  record.wall_ns = INT64_MIN;
  CHECK(text_of(record, "another").ends_with(", at a time that is not known"));
}

TEST_CASE("last crash: whose it is, is said by the node and the call, by the thread, or by who has sent the signal") {
  CrashRecord record = sample();
  std::memset(record.call, 0, sizeof record.call);
  CHECK(text_of(record).starts_with("SIGSEGV in node 'boiler' (plugin 'sensor', between its calls), "));
  std::memset(record.node, 0, sizeof record.node);
  CHECK(text_of(record).starts_with("SIGSEGV in a thread named 'boiler', "));
  record = sample();
  record.signal = SIGABRT;
  record.code = SI_TKILL;
  record.sender = record.pid;
  CHECK(text_of(record).starts_with("SIGABRT in node 'boiler' "));
  record.code = SI_USER;
  record.sender = 1;
  CHECK(text_of(record).starts_with("SIGABRT that process 1 sent, "));
  record.sender = 0;
  CHECK(text_of(record).starts_with("SIGABRT that another process sent, "));
}

TEST_CASE("last crash: texts that fill their places to the end stay in them") {
  CrashRecord record = sample();
  std::memset(record.node, 'n', sizeof record.node);
  std::memset(record.call, 'c', sizeof record.call);
  const std::string node(sizeof record.node, 'n'), call(sizeof record.call, 'c');
  CHECK(text_of(record).starts_with("SIGSEGV in node '" + node + "' (plugin 'sensor', in '" + call + "'), "));
}

}  // namespace culvert
