// SPDX-License-Identifier: MIT
#include "core/isolation/line.hpp"

#include "core/util/clock.hpp"
#include "core/util/doorbell.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace culvert::isolation {
namespace {

constexpr int64_t long_ns = 60 * one_second_ns;

/// A line of a runtime, whose child the test is.
struct Rig {
  Rig() : Rig{connected_sockets()} {}
  explicit Rig(std::pair<Descriptor, Descriptor> sockets)
      : line{std::move(sockets.first), [this] { bell.ring(); }, SocketPair::Descriptors::refused},
        child{std::move(sockets.second), [](nng::Message&&, Descriptor&&) {}, [this] { bell.ring(); }} {}

  bool try_say(std::string_view bytes) {
    nng::Message message{bytes, {}};
    return child.try_send(message);
  }
  template <class Condition>
  bool wait(Condition condition) {
    const int64_t deadline_ns = monotonic_ns() + long_ns;
    while (!condition()) {
      if (monotonic_ns() > deadline_ns) { return false; }
      bell.wait_until(monotonic_ns() + 10 * one_ms_ns);
    }
    return true;
  }
  /// What is heard of these bytes.
  Json hear(std::string_view bytes) {
    REQUIRE(try_say(bytes));
    std::optional<Word> word;
    REQUIRE(wait([&] { return (word = line.take()).has_value(); }));
    return word->said;
  }

  Doorbell bell;
  Line line;
  SocketPair child;
};

std::string cbor(const Json& json) {
  const std::vector<uint8_t> bytes = Json::to_cbor(json);
  return {bytes.begin(), bytes.end()};
}

std::string repeated(std::string_view part, std::size_t times) {
  std::string all;
  while (times-- > 0) { all += part; }
  return all;
}

}  // namespace

TEST_CASE("line: words of all kinds are heard as they were said") {
  Rig rig;
  const Json said{{"report",
                   {{"numbers", {0, 23, 24, 255, 65536, 4'294'967'296, -1, 0.5}},
                    {"empty", Json::array()},
                    {"nothing", nullptr},
                    {"no", false},
                    {"deep", {{{{1}}}}},
                    {"long", std::string(60'000, 'x')}}}};
  CHECK(rig.hear(cbor(said)) == said);
}

TEST_CASE("line: what would lead a parser astray is no word, and nothing behind it is heard") {
  const std::string deep = "\xa1\x61x" + repeated("\x81", 8) + "\x01";
  for (const std::string& wrong :
       {repeated("\x81", 60'000), repeated("\x7f", 60'000), repeated("\xa1\x61x", 20'000), repeated("\xc1", 60'000),
        deep, std::string{"\xbf\xff"}, std::string{"\xa1\x61x\x9b\xff\xff\xff\xff\xff\xff\xff\xff"},
        std::string{"\xa1\x61x\x7b\xff\xff\xff\xff\xff\xff\xff\xff"}, std::string{"\xa1\x61x\x1c"}, std::string{"\xa1"},
        cbor(Json::object()) + "x"}) {
    Rig rig;
    CHECK(rig.hear(wrong).is_null());
    CHECK(rig.try_say(cbor({{"begun", true}})));
    CHECK_FALSE(rig.line.take());
  }
}

TEST_CASE("line: a child says at most 64 KiB at once, a runtime as much as a path takes") {
  Rig rig;
  CHECK(rig.try_say(std::string(Line::max_child_bytes + 1, 'x')));
  CHECK(rig.wait([&] { return rig.line.has_ended(); }));
  CHECK_FALSE(rig.line.take());
  auto [left, right] = connected_sockets();
  Doorbell bell;
  Line runtime{std::move(left), [] {}, SocketPair::Descriptors::refused};
  Line child{std::move(right), [&] { bell.ring(); }, SocketPair::Descriptors::taken};
  const Json settings{{"create", std::string(1'500'000, 'x')}};
  CHECK(runtime.send(settings));
  std::optional<Word> word;
  const int64_t deadline_ns = monotonic_ns() + long_ns;
  while (!(word = child.take()) && monotonic_ns() < deadline_ns) { bell.wait_until(monotonic_ns() + 10 * one_ms_ns); }
  REQUIRE(word);
  CHECK(word->said == settings);
}

TEST_CASE("line: who is not listened to waits, whatever the size of its words, and all is heard in the end") {
  for (const std::size_t size : {std::size_t{10}, std::size_t{60'000}}) {
    Rig rig;
    const std::string word = cbor({{"log", std::string(size, 'x')}});
    // Beside what waits here: what is read at once, the socket (in 1 MiB at most), and the queue of its sender.
    const std::size_t here = std::min(Line::max_waiting, Line::max_waiting_bytes / word.size() + 1);
    const std::size_t most = here + ((16 << 10) + (1 << 20)) / word.size() + 2 + nng::Path::buffer_messages;
    std::size_t said = 0;
    const auto finds_room = [&] {
      const int64_t patience_ns = monotonic_ns() + 300 * one_ms_ns;
      while (monotonic_ns() < patience_ns) {
        if (rig.try_say(word)) { return true; }
        rig.bell.wait_until(monotonic_ns() + one_ms_ns);
      }
      return false;
    };
    while (said <= most && finds_room()) { ++said; }
    CHECK(said <= most);
    std::size_t heard = 0;
    CHECK(rig.wait([&] {
      while (rig.line.take()) { ++heard; }
      return heard == said;
    }));
    CHECK_FALSE(rig.line.has_ended());
  }
}

}  // namespace culvert::isolation
