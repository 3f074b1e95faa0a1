// SPDX-License-Identifier: MIT
#include "core/node/own_counts.hpp"

#include "tests/core/node/rig.hpp"

#include <culvert/counters.hpp>

namespace culvert::test {
namespace {

/// Counts what it is sent, and names what it should not.
class Counting : public Notes {
 public:
  using Notes::Notes;
  culvert_status process(MessageView message, uint64_t token) {
    ++taken_;
    return Notes::process(message, token);
  }
  void counters(Counters to) const {
    to.add("taken", taken_);
    to.add("", 1);
    to.add("Taken", 1);
    to.add("two words", 1);
    to.add(std::string(65, 'x'), 1);
    journal()->note("asked");
  }
  static const void* get_extension(const char* name) noexcept { return counters_extension<Counting>(name); }

 private:
  uint64_t taken_ = 0;
};

class Endless : public Notes {
 public:
  using Notes::Notes;
  void counters(Counters to) const {
    for (int i = 0; i < 1000; ++i) { to.add("counter_" + std::to_string(i), 1); }
  }
  static const void* get_extension(const char* name) noexcept { return counters_extension<Endless>(name); }
};

class Throwing : public Notes {
 public:
  using Notes::Notes;
  void counters(Counters) const { throw std::runtime_error{"lost count"}; }
  static const void* get_extension(const char* name) noexcept { return counters_extension<Throwing>(name); }
};

}  // namespace

TEST_CASE("counters: a plugin is asked at once and at its end, and names that are none are left out") {
  Rig rig;
  auto& tap = rig.add<Tap>("tap");
  auto& sink = rig.add<Counting>("sink");
  rig.join(tap, sink);
  REQUIRE(rig.start());
  CHECK(rig.seen.has_line("asked"));
  for (const char* payload : {"1", "2", "3"}) { CHECK(Tap::current()->send(payload) == CULVERT_OK); }
  CHECK(rig.seen.has_line("t=3"));
  sink.stop();
  sink.join();
  const auto own = sink.status().own;
  REQUIRE(own.size() == 1);
  CHECK(own[0].name == "taken");
  CHECK(own[0].value == 3);
  CHECK(tap.status().own.empty());
}

TEST_CASE("counters: a running plugin is asked again and again without anybody's call") {
  Rig rig;
  rig.add<Counting>("sink");
  REQUIRE(rig.start());
  const auto count = [&] {
    const auto lines = rig.seen.lines();
    return std::count(lines.begin(), lines.end(), "asked");
  };
  std::size_t known = 0;
  const int64_t deadline_ns = monotonic_ns() + 30 * one_second_ns;
  while (count() < 3 && monotonic_ns() < deadline_ns) { rig.seen.has(++known); }
  CHECK(count() >= 3);
}

TEST_CASE("counters: only the first 64 are taken") {
  Rig rig;
  auto& sink = rig.add<Endless>("sink");
  REQUIRE(rig.start());
  sink.stop();
  sink.join();
  CHECK(sink.status().own.size() == CULVERT_MAX_COUNTERS);
}

TEST_CASE("counters: a plugin that throws while it is asked fails alone, with the reason in its status") {
  Rig rig;
  auto& sink = rig.add<Throwing>("sink");
  REQUIRE(rig.start());
  CHECK(rig.becomes(sink, NodeState::failed));
  CHECK(sink.status().reason.find("lost count") != std::string::npos);
}

}  // namespace culvert::test
