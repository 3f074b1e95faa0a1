// SPDX-License-Identifier: MIT
#include "loop_guard.hpp"

#include <doctest/doctest.h>

using namespace culvert::mqtt;

namespace {

constexpr int64_t s = 1'000'000'000;

PublishView message(std::string_view topic, std::string_view payload) {
  PublishView made;
  made.topic = topic;
  made.payload = payload;
  return made;
}

}  // namespace

TEST_CASE("loop guard: a message that names our client id was here before, and one that names another was not") {
  LoopGuard guard{true};
  guard.set_client_id("me");
  auto publish = message("a", "x");
  CHECK(!guard.knows(publish, 0));
  publish.user_properties = {{"culvert-from", "you"}};
  CHECK(!guard.knows(publish, 0));
  publish.user_properties = {{"culvert-from", "you"}, {"culvert-from", "me"}};
  CHECK(guard.knows(publish, 0));
  publish.user_properties = {{"from", "me"}};
  CHECK(!guard.knows(publish, 0));
}

TEST_CASE("loop guard: what was passed on is known for a minute, each time it comes") {
  LoopGuard guard{true};
  guard.remember("a", "x", 0);
  guard.remember("a", "x", 30 * s);
  CHECK(guard.knows(message("a", "x"), s));
  CHECK(guard.knows(message("a", "x"), 89 * s));
  CHECK(!guard.knows(message("a", "x"), 90 * s));
  CHECK(!guard.knows(message("a", "y"), s));
  CHECK(!guard.knows(message("b", "x"), s));
  CHECK(!guard.knows(message("ax", ""), s));
}

TEST_CASE("loop guard: it remembers 4096 messages, the latest ones") {
  LoopGuard guard{true};
  for (int i = 0; i <= 4096; ++i) { guard.remember("a", std::to_string(i), s); }
  CHECK(!guard.knows(message("a", "0"), s));
  CHECK(guard.knows(message("a", "1"), s));
  CHECK(guard.knows(message("a", "4096"), s));
}

TEST_CASE("loop guard: when it is off nothing is a loop") {
  LoopGuard guard{false};
  guard.set_client_id("me");
  auto publish = message("a", "x");
  publish.user_properties = {{"culvert-from", "me"}};
  guard.remember("a", "x", 0);
  CHECK(!guard.knows(publish, 0));
}
