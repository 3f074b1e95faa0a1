// SPDX-License-Identifier: MIT
// What a forwarder can't place whole, or can't read, is counted where people look.
#include "tests/core/isolation/rig.hpp"

#include <sys/socket.h>

#include <array>
#include <new>

namespace culvert::isolation {
namespace {

/// There is no memory for the first entry that it is given.
class Forgetful final : public Store {
 public:
  Contents contents() const override { return {}; }
  void start(Listener&) override {}
  uint64_t close() override { return 0; }
  bool has_room(std::size_t) const override { return true; }
  bool is_tight() const override { return false; }
  void append(uint64_t, std::string_view, uint32_t, int64_t) override {
    if (is_first_) {
      is_first_ = false;
      throw std::bad_alloc{};
    }
  }
  void settle(uint64_t, uint64_t, int64_t) override {}
  bool may_end(uint64_t) override { return true; }
  void reject(uint64_t, std::string_view) override {}
  void read(const Wanted&) override {}
  void make_room(uint64_t, uint64_t, bool) override {}

 private:
  bool is_first_ = true;
};

}  // namespace

TEST_CASE("forwarder: a message that only some of its routes have is rejected and counted, and the next one goes on") {
  Reader reader;
  Rig rig;
  reader.open(*rig.forwarder, bounded(100));
  rig.forwarder->fanout().add(bounded(100), std::make_unique<Forgetful>());
  rig.start(200);
  const auto child = rig.child();
  CHECK(child->emit("half", 7) == CULVERT_OK);
  std::vector<Ended> ends;
  REQUIRE(child->wait([&] { return !(ends = child->ends()).empty(); }));
  REQUIRE(ends.size() == 1);
  CHECK(ends[0].origin.number == 7);
  CHECK(ends[0].status == CULVERT_REJECTED);
  CHECK(rig.forwarder->fanout().counters().half_placed == 1);
  CHECK(child->emit("whole") == CULVERT_OK);
  CHECK(reader.next(2) == Texts{"half", "whole"});
  CHECK(rig.forwarder->fanout().counters().half_placed == 1);
}

TEST_CASE("forwarder: what a child sends and is no frame is counted") {
  Rig rig;
  rig.start(100);
  auto [ours, its] = connected_sockets();
  rig.forwarder->open(std::move(ours), ++rig.epoch);
  // As long as it says, without a descriptor, and of no kind that there is.
  const std::array<unsigned char, 12> garbage{4, 0, 0, 0, 0, 0, 0, 0, 0xa5, 0xa5, 0xa5, 0xa5};
  for (int times = 0; times < 3; ++times) {
    REQUIRE(send(its.get(), garbage.data(), garbage.size(), 0) == static_cast<ssize_t>(garbage.size()));
  }
  const int64_t deadline_ns = monotonic_ns() + patience_ns;
  Doorbell clock;
  while (rig.forwarder->fanout().counters().damaged < 3 && monotonic_ns() < deadline_ns) {
    clock.wait_until(monotonic_ns() + 5 * one_ms_ns);
  }
  CHECK(rig.forwarder->fanout().counters().damaged == 3);
}

}  // namespace culvert::isolation
