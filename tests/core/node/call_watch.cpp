// SPDX-License-Identifier: MIT
#include "core/node/call_watch.hpp"

#include "core/util/clock.hpp"

#include <doctest/doctest.h>

#include <string_view>

namespace culvert::test {
namespace {

struct Watched {
  CallWatch::News look(int64_t second) { return watch.look(mark.look(), second * one_second_ns, call); }
  CallMark mark;
  CallWatch watch{30 * one_second_ns};
  CallWatch::Call call;
};

}  // namespace

TEST_CASE("call watch: a call that is there at two looks with the time between them is stuck, and is told once") {
  Watched watched;
  watched.mark.begin("process");
  CHECK(watched.look(1) == CallWatch::News::none);
  CHECK(watched.look(30) == CallWatch::News::none);
  CHECK(watched.watch.stuck(30 * one_second_ns).name == nullptr);
  CHECK(watched.look(31) == CallWatch::News::stuck);
  CHECK(std::string_view{watched.call.name} == "process");
  CHECK(watched.call.for_ns == 30 * one_second_ns);
  CHECK(watched.look(32) == CallWatch::News::none);
  CHECK(watched.watch.stuck(33 * one_second_ns).for_ns == 32 * one_second_ns);
}

TEST_CASE("call watch: once it has returned that is told, whatever the node does then") {
  for (const bool goes_on : {false, true}) {
    Watched watched;
    watched.mark.begin("poll");
    watched.look(1);
    REQUIRE(watched.look(40) == CallWatch::News::stuck);
    watched.mark.end();
    if (goes_on) { watched.mark.begin("flush"); }
    CHECK(watched.look(51) == CallWatch::News::returned);
    CHECK(std::string_view{watched.call.name} == "poll");
    CHECK(watched.call.for_ns == 50 * one_second_ns);
    CHECK(watched.watch.stuck(51 * one_second_ns).name == nullptr);
    CHECK(watched.look(52) == CallWatch::News::none);
    // The next one has its own time.
    CHECK(watched.look(80) == CallWatch::News::none);
    CHECK(watched.look(81) == (goes_on ? CallWatch::News::stuck : CallWatch::News::none));
  }
}

TEST_CASE("call watch: many short calls of one name are no long one, however often they are looked at") {
  Watched watched;
  for (int64_t second = 1; second < 1000; ++second) {
    watched.mark.begin("process");
    CHECK(watched.look(second) == CallWatch::News::none);
    watched.mark.end();
  }
}

}  // namespace culvert::test
