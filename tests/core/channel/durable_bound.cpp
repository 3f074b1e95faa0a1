// SPDX-License-Identifier: MIT
// How much a route with a journal has on its way at once: all of it comes again after a crash.
#include "core/journal/journal.hpp"
#include "tests/core/channel/rig.hpp"
#include "tests/support/folder.hpp"

#include <atomic>

namespace culvert::test {
namespace {

/// A journal that says how many entries may end, as the test wants it.
class Narrow final : public Store {
 public:
  Narrow(std::unique_ptr<Store> journal, std::atomic<uint64_t>& most) : journal_{std::move(journal)}, most_{most} {}
  Contents contents() const override { return journal_->contents(); }
  void start(Listener& listener) override { journal_->start(listener); }
  uint64_t close() override { return journal_->close(); }
  bool has_room(std::size_t bytes) const override { return journal_->has_room(bytes); }
  bool is_tight() const override { return journal_->is_tight(); }
  void append(uint64_t seq, std::string_view entry, uint32_t messages, int64_t now_ns) override {
    journal_->append(seq, entry, messages, now_ns);
  }
  void settle(uint64_t first, uint64_t last, int64_t waited_ns) override { journal_->settle(first, last, waited_ns); }
  bool may_end(uint64_t entries) override { return entries <= most_; }
  void reject(uint64_t seq, std::string_view reason) override { journal_->reject(seq, reason); }
  void read(const Wanted& wanted) override { journal_->read(wanted); }
  void make_room(uint64_t first, uint64_t last, bool thin) override { journal_->make_room(first, last, thin); }

 private:
  const std::unique_ptr<Store> journal_;
  std::atomic<uint64_t>& most_;
};

}  // namespace

TEST_CASE("durable: no more is on its way than may come again after a crash, and the rest follows by itself") {
  const TemporaryFolder state;
  journal::Folder folder{state.path()};
  Doorbell doorbell, arrival;
  std::atomic<uint64_t> most{20};
  Budget budget{24 << 20};
  Fanout fanout{"boiler", "edge-01", 42, budget, doorbell};
  auto journal =
      std::make_unique<journal::Journal>(folder, "a.b", journal::FileOptions{}, [](LogKind, const std::string&) {});
  RouteSpec spec;
  spec.limits.max_messages = 32;
  fanout.add(std::move(spec), std::make_unique<Narrow>(std::move(journal), most));
  Inbox inbox{arrival};
  const std::string address = fresh_address();
  inbox.open(address, 1);
  fanout.open(0, address, 1);
  const auto flies = [&] { return fanout.outlet_status(0).in_flight; };
  for (int i = 1; i <= 32; ++i) { REQUIRE(fanout.emit(payload("t", std::to_string(i)), {}) == CULVERT_OK); }
  REQUIRE(wait_for(arrival, [&] { return inbox.take_arrivals(), inbox.unsettled() > 0; }));
  CHECK(flies() <= 20);
  // It looks again without being told.
  most = 1000;
  const auto send = [&] { return fanout.send_due(monotonic_ns()), inbox.take_arrivals(), inbox.unsettled() == 32; };
  CHECK(wait_for(arrival, send));
  CHECK(flies() == 32);
}

}  // namespace culvert::test
