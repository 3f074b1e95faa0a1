// SPDX-License-Identifier: MIT
#include "failback.hpp"
#include "granted.hpp"
#include "harness/mosquitto.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using namespace culvert::mqtt;
using culvert::test::TemporaryFolder;

namespace {

constexpr int64_t s = 1'000'000'000;

}  // namespace

TEST_CASE("granted: what was saved is there again, for this client at this broker only") {
  const TemporaryFolder folder;
  {
    Granted granted{folder.path(), "cloud"};
    CHECK(granted.load());
    granted.open("c", "mqtt://a:1", false, true);
    granted.grant("x/#", "qos1");
    granted.ask("y");
    granted.save();
    granted.open("c", "mqtt://b:1", false, true);
    granted.grant("z z", "qos2+no_local");
    granted.save();
  }
  Granted granted{folder.path(), "cloud"};
  CHECK(granted.load());
  granted.open("c", "mqtt://a:1", true, true);
  CHECK(granted.holds("x/#", "qos1"));
  CHECK(!granted.holds("x/#", "qos2"));
  CHECK(!granted.holds("y", "qos1"));
  CHECK(granted.filters().contains("y"));
  CHECK(granted.filters().size() == 2);
  granted.open("c", "mqtt://b:1", true, true);
  CHECK(granted.holds("z z", "qos2+no_local"));
  granted.open("d", "mqtt://b:1", true, true);
  CHECK(granted.filters().empty());
  granted.open("c", "mqtt://b:1", false, true);
  CHECK(granted.filters().empty());
}

TEST_CASE("granted: nothing is written that is known already, or that does not last") {
  const TemporaryFolder folder;
  Granted granted{folder.path(), "cloud"};
  granted.load();
  granted.open("c", "mqtt://a:1", false, false);
  granted.grant("x", "qos1");
  granted.save();
  CHECK(!std::filesystem::exists(granted.path()));
  // An id that would break the file's form is not worth an exception.
  granted.open("c\t", "mqtt://a:1", false, true);
  granted.grant("x", "qos1");
  granted.save();
  CHECK(!std::filesystem::exists(granted.path()));
}

TEST_CASE("granted: the file is bounded, and the session that was not used for longest goes first") {
  const TemporaryFolder folder;
  Granted granted{folder.path(), "cloud"};
  granted.load();
  for (int i = 0; i < 20; ++i) {
    granted.open("c", "mqtt://broker" + std::to_string(i) + ":1", false, true);
    granted.grant("x", "qos1");
  }
  granted.save();
  Granted few{folder.path(), "cloud"};
  CHECK(few.load());
  few.open("c", "mqtt://broker4:1", true, true);
  CHECK(few.holds("x", "qos1"));
  few.open("c", "mqtt://broker3:1", true, true);
  CHECK(!few.holds("x", "qos1"));
  few.open("c", "mqtt://long:1", false, true);
  for (int i = 0; i < 20; ++i) { few.grant(std::string(60'000, 'x') + std::to_string(i), "qos1"); }
  few.save();
  CHECK(std::filesystem::file_size(few.path()) <= Granted::max_text);
  Granted again{folder.path(), "cloud"};
  CHECK(again.load());
}

TEST_CASE("failback: looks after the interval, then after times that double up to half an hour") {
  Failback failback{60 * s};
  CHECK(failback.due_ns() == Failback::never);
  int64_t now = 1000 * s;
  for (const int64_t wait : {60, 120, 240, 480, 960, 1800, 1800}) {
    failback.begin(now, 0);
    CHECK(failback.due_ns() == now + wait * s);
    failback.miss();
  }
  failback.begin(now, now + 5000 * s);
  CHECK(failback.due_ns() == now + 5000 * s);
  failback.pause();
  CHECK(failback.due_ns() == Failback::never);
  failback.reset();
  failback.begin(now, 0);
  CHECK(failback.due_ns() == now + 60 * s);
  Failback never{0};
  never.begin(now, 0);
  CHECK(never.due_ns() == Failback::never);
}
