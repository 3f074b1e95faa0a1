// SPDX-License-Identifier: MIT
#include "core/util/repeat_limit.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

namespace culvert::test {
namespace {

constexpr int64_t s = one_second_ns;
constexpr LogKind failed = LogEvent::node_failed;
constexpr LogKind degraded = LogEvent::node_degraded;
constexpr LogKind mistake = LogEvent::config_error;

bool alike(std::string_view one, std::string_view other, LogRepeats repeats = LogRepeats::alike) {
  const bool same = are_alike(one, other, repeats);
  // As far as the shorter one goes; the hash is of all.
  CHECK((same || essence_of(one, repeats) != essence_of(other, repeats)));
  return same && essence_of(one, repeats) == essence_of(other, repeats);
}

/// "passes", "counts", or what is told, with the count and the seconds in front.
std::string verdict(RepeatLimit& limit, int64_t now_ns, std::string_view text, LogKind kind = failed,
                    std::string_view subject = "s") {
  const RepeatLimit::Verdict verdict = limit.take(kind, subject, text, now_ns);
  if (!verdict.told) { return verdict.passes ? "passes" : "counts"; }
  return (verdict.passes ? "passes after " : "") + std::to_string(verdict.told->count) + " in " +
         std::to_string(verdict.told->for_ns / s) + ": " + verdict.told->text;
}

}  // namespace

TEST_CASE("repeat limit: each run of digits is taken as one, but not in names within ticks") {
  CHECK(alike("failed, next try in 0.5 s", "failed, next try in 12.25 s"));
  CHECK(alike("connect to 'a1': 7", "connect to 'a1': 13"));
  CHECK(alike("1", "22"));
  CHECK(alike("", ""));
  CHECK_FALSE(alike("1", ""));
  CHECK_FALSE(alike("next try in 5 s", "next try in s"));
  CHECK_FALSE(alike("route 'a1.b'", "route 'a2.b'"));
  CHECK_FALSE(alike("5 s", "5 ms"));
  // Their tick opens nothing, and that behind the name closes it.
  CHECK(alike("3 messages can't be read", "14 messages can't be read"));
  CHECK(alike("what isn't read: 3", "what isn't read: 4"));
  CHECK(alike("'a': 3", "'a': 4"));
  CHECK_FALSE(alike("it's of route 'a3'", "it's of route 'a4'"));
  // As they stand.
  CHECK(alike("edge.toml:14:3: no", "edge.toml:14:3: no", LogRepeats::equal));
  CHECK_FALSE(alike("edge.toml:14:3: no", "edge.toml:18:3: no", LogRepeats::equal));
}

TEST_CASE("repeat limit: the first line passes, the next ones of 10 s are counted, and then the latest is told") {
  RepeatLimit limit;
  CHECK(verdict(limit, 100 * s, "try 1") == "passes");
  CHECK(limit.take_due(109 * s).empty());
  CHECK(verdict(limit, 101 * s, "try 2") == "counts");
  CHECK(verdict(limit, 110 * s - 1, "try 3") == "counts");
  CHECK(limit.take_due(110 * s - 1).empty());
  const auto due = limit.take_due(110 * s);
  REQUIRE(due.size() == 1);
  CHECK(due[0].kind == failed);
  CHECK(due[0].subject == "s");
  CHECK(due[0].text == "try 3");
  CHECK(due[0].count == 2);
  CHECK(due[0].for_ns == 10 * s);
  // Another 10 s have begun with what was told.
  CHECK(verdict(limit, 119 * s, "try 4") == "counts");
  CHECK(limit.take_due(119 * s).empty());
  CHECK(limit.take_due(120 * s).at(0).text == "try 4");
  // Nothing came in these.
  CHECK(limit.take_due(130 * s).empty());
  CHECK(verdict(limit, 131 * s, "try 5") == "passes");
}

TEST_CASE("repeat limit: a line that comes after the 10 s passes, or is told with those that nobody has asked for") {
  RepeatLimit limit;
  CHECK(verdict(limit, 0, "try 1") == "passes");
  CHECK(verdict(limit, 10 * s, "try 2") == "passes");
  CHECK(verdict(limit, 15 * s, "try 3") == "counts");
  CHECK(verdict(limit, 24 * s, "try 4") == "2 in 14: try 4");
  CHECK(verdict(limit, 25 * s, "try 5") == "counts");
}

TEST_CASE("repeat limit: another event, level, subject or text is another line") {
  RepeatLimit limit;
  CHECK(verdict(limit, 0, "gone") == "passes");
  CHECK(verdict(limit, 0, "gone", degraded) == "passes");
  CHECK(verdict(limit, 0, "gone", failed, "t") == "passes");
  CHECK(verdict(limit, 0, "gone, too") == "passes");
  CHECK(verdict(limit, 0, "gone", {LogEvent::plugin_line, LogLevel::info}) == "passes");
  CHECK(verdict(limit, 0, "gone", {LogEvent::plugin_line, LogLevel::warn}) == "passes");
  CHECK(verdict(limit, 0, "gone") == "counts");
  CHECK(verdict(limit, 0, "edge.toml:1:1: no", mistake) == "passes");
  CHECK(verdict(limit, 0, "edge.toml:2:1: no", mistake) == "passes");
  CHECK(verdict(limit, 0, "edge.toml:2:1: no", mistake) == "counts");
}

TEST_CASE("repeat limit: all that is not told yet is told at the end, once") {
  RepeatLimit limit;
  CHECK(verdict(limit, 0, "one") == "passes");
  CHECK(verdict(limit, 1 * s, "two") == "passes");
  CHECK(verdict(limit, 2 * s, "two") == "counts");
  const auto all = limit.take_all(3 * s);
  REQUIRE(all.size() == 1);
  CHECK(all[0].text == "two");
  CHECK(all[0].count == 1);
  CHECK(all[0].for_ns == 2 * s);
  CHECK(limit.take_all(3 * s).empty());
}

TEST_CASE("repeat limit: more lines than it remembers pass, and the oldest is told before it is forgotten") {
  RepeatLimit limit;
  const auto name = [](std::size_t number) { return "'" + std::to_string(number) + "'"; };
  for (std::size_t number = 0; number < RepeatLimit::max_remembered; ++number) {
    CHECK(verdict(limit, static_cast<int64_t>(number), name(number)) == "passes");
  }
  CHECK(verdict(limit, s, name(0)) == "counts");
  CHECK(verdict(limit, s, name(2)) == "counts");
  CHECK(verdict(limit, 2 * s, "one more") == "passes after 1 in 2: '0'");
  CHECK(verdict(limit, 2 * s, "and one") == "passes");
  CHECK(verdict(limit, 2 * s, "and another") == "passes after 1 in 1: '2'");
  CHECK(verdict(limit, 2 * s, name(3)) == "counts");
  CHECK(verdict(limit, 2 * s, name(1)) == "passes after 1 in 1: '3'");
}

TEST_CASE("repeat limit: of a long line the first part is kept, and the rest tells it from others") {
  RepeatLimit limit;
  const std::string begin(2 * RepeatLimit::max_text_bytes, 'x');
  CHECK(verdict(limit, 0, begin + "a") == "passes");
  CHECK(verdict(limit, 0, begin + "b") == "passes");
  CHECK(verdict(limit, 0, begin + "a") == "counts");
  CHECK(limit.take_all(s).at(0).text == begin.substr(0, RepeatLimit::max_text_bytes));
}

TEST_CASE("repeat limit: of the lines of many threads each is written or counted") {
  constexpr int threads = 4, lines = 20'000;
  RepeatLimit limit;
  std::atomic<uint64_t> shown{0}, counted{0};
  const auto add = [&](const RepeatLimit::Told& told) { counted += told.count; };
  const auto write = [&] {
    for (int line = 0; line < lines; ++line) {
      const auto verdict = limit.take(failed, "s", line % 2 == 0 ? "even 2" : "odd 1", monotonic_ns());
      if (verdict.passes) { ++shown; }
      if (verdict.told) { add(*verdict.told); }
      if (line % 1000 == 0) {
        for (const auto& told : limit.take_all(monotonic_ns())) { add(told); }
      }
    }
  };
  std::vector<std::thread> all;
  for (int thread = 0; thread < threads; ++thread) { all.emplace_back(write); }
  for (std::thread& thread : all) { thread.join(); }
  for (const auto& told : limit.take_all(monotonic_ns())) { add(told); }
  CHECK(shown + counted == uint64_t{threads} * lines);
  CHECK(shown >= 2);
  CHECK(counted > shown);
}

TEST_CASE(
    "repeat limit: what is told says how long ago the latest was, and comes in the order in which these happened") {
  RepeatLimit limit;
  for (const char* text : {"lost", "refused"}) { limit.take(failed, "s", text, 100 * s); }
  limit.take(failed, "s", "lost", 107 * s);
  limit.take(failed, "s", "refused", 103 * s);
  const std::vector<RepeatLimit::Told> due = limit.take_due(111 * s);
  REQUIRE(due.size() == 2);
  CHECK(due[0].text == "refused");
  CHECK(due[0].ago_ns == 8 * s);
  CHECK(due[1].text == "lost");
  CHECK(due[1].ago_ns == 4 * s);
}

TEST_CASE("repeat limit: what is kept of a long line ends behind a whole character") {
  const std::string most(RepeatLimit::max_text_bytes - 1, 'x');
  for (const std::string more : {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
    RepeatLimit limit;
    for (int times = 0; times < 2; ++times) { limit.take(failed, "s", most + more, 100 * s); }
    CHECK(limit.take_all(100 * s).at(0).text == most);
  }
}

}  // namespace culvert::test
