// SPDX-License-Identifier: MIT
// Some seconds of everything at once: several writers, readers that answer by chance, and new epochs in between;
// without batches and with them. In the end every message has ended once, with the status that its readers gave it, and
// the order was 1 2 3 2 3 4.
#include "tests/core/channel/rig.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <random>
#include <set>
#include <sstream>
#include <thread>

namespace culvert::test {
namespace {

constexpr uint64_t messages = 100'000;
constexpr std::size_t routes = 2;
constexpr uint64_t writers = 4;

/// By the message alone, or the first of a batch, so that it ends alike however often it comes.
bool is_rejected(uint64_t token, std::size_t route) { return (token * 2654435761u + route) % 97 == 0; }

/// "7", or of a batch "[7,11,15]".
std::vector<uint64_t> tokens_of(const culvert_message& message) {
  std::vector<uint64_t> tokens;
  std::string text{message.payload.data, message.payload.size};
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < '0' || c > '9'; }, ' ');
  std::istringstream stream{text};
  for (uint64_t token = 0; stream >> token;) { tokens.push_back(token); }
  return tokens;
}

/// How each token ended; any thread.
class Ledger {
 public:
  void end(const Ended& ended) {
    const std::lock_guard lock{mutex_};
    const uint64_t token = ended.origin.number;
    const bool rejected = rejected_.contains(token);
    if (ended.status != (rejected ? CULVERT_REJECTED : CULVERT_OK)) { ++wrong_status; }
    if (!ended_.insert(token).second) { ++twice; }
  }
  /// A reader is about to reject it.
  void reject(uint64_t token) {
    const std::lock_guard lock{mutex_};
    rejected_.insert(token);
  }
  bool has(uint64_t token) {
    const std::lock_guard lock{mutex_};
    return ended_.contains(token);
  }
  std::size_t size() {
    const std::lock_guard lock{mutex_};
    return ended_.size();
  }
  std::atomic<int> wrong_status{0}, twice{0};

 private:
  std::mutex mutex_;
  std::set<uint64_t> ended_, rejected_;
};

/// The reader of one route, with a thread of its own, which also begins the epochs.
class Reader {
 public:
  Reader(Fanout& fanout, std::size_t route, Ledger& ledger)
      : fanout_{fanout}, route_{route}, ledger_{ledger}, random_{static_cast<unsigned>(route) + 1}, inbox_{doorbell_} {
    begin_epoch();
  }
  void run() {
    while (!done) {
      inbox_.take_arrivals();
      while (inbox_.next() != Inbox::nothing && offer()) {}
      complete_some();
      inbox_.answer();
      if (chance(2000)) { begin_epoch(); }
      doorbell_.wait_until(monotonic_ns() + one_ms_ns);
    }
  }
  std::atomic<bool> done{false};
  std::atomic<int> faults{0}, epochs{0};
  std::size_t batched = 0;  ///< messages that did not come alone
  uint64_t damaged() const { return inbox_.counters().damaged_frames + inbox_.counters().damaged_entries; }

 private:
  bool chance(unsigned per_ten_thousand) { return random_() % 10'000 < per_ten_thousand; }
  void begin_epoch() {
    const std::string address = inproc_address(99, route_, static_cast<uint64_t>(++epochs));
    pending_.clear();
    highest_ = 0;
    inbox_.open(address, static_cast<uint64_t>(epochs));
    fanout_.open(route_, address, static_cast<uint64_t>(epochs));
  }
  /// False for "not now".
  bool offer() {
    const uint64_t number = inbox_.next();
    const culvert_message& message = *inbox_.message(number);
    const std::vector<uint64_t> tokens = tokens_of(message);
    const uint64_t seq = message.seq;
    if (chance(100)) { return false; }
    batched += tokens.size() - 1;
    for (const uint64_t token : tokens) {
      // Of each writer in order, and nothing again that has ended.
      if (ledger_.has(token) || (token > writers && !seen_.contains(token - writers))) { ++faults; }
      seen_.insert(token);
    }
    if (highest_ != 0) {
      // What is left out has been settled here in an earlier epoch.
      for (uint64_t missing = highest_ + 1; missing < seq; ++missing) { faults += settled_.contains(missing) ? 0 : 1; }
    }
    highest_ = std::max(highest_, seq);
    if (is_rejected(tokens.at(0), route_)) {
      for (const uint64_t token : tokens) { ledger_.reject(token); }
      inbox_.reject(number, "it is bad");
      settled_.insert(seq);
    } else if (chance(3000)) {
      inbox_.hold(number, true, false, 0);
      pending_.emplace_back(number, seq);
    } else {
      inbox_.hold(number, false, false, 0);
      settled_.insert(seq);
    }
    return !chance(200);
  }
  void complete_some() {
    std::shuffle(pending_.begin(), pending_.end(), random_);
    for (std::size_t left = pending_.size() / 2 + (chance(5000) ? 1 : 0); left > 0 && !pending_.empty(); --left) {
      const auto [number, seq] = pending_.back();
      pending_.pop_back();
      const bool again = chance(1000);
      faults += inbox_.complete(number, again ? CULVERT_AGAIN : CULVERT_OK) ? 0 : 1;
      if (!again) { settled_.insert(seq); }
    }
  }

  Fanout& fanout_;
  const std::size_t route_;
  Ledger& ledger_;
  std::mt19937 random_;
  Doorbell doorbell_;
  Inbox inbox_;
  uint64_t highest_ = 0;
  std::set<uint64_t> settled_, seen_;
  std::vector<std::pair<uint64_t, uint64_t>> pending_;  ///< number, seq
};

/// Emits every fourth token, on a topic that it shares with another; waits a little where there is no room.
void write(Fanout& fanout, uint64_t first, std::atomic<bool>& give_up) {
  const std::string topic = first % 2 == 0 ? "even" : "odd";
  for (uint64_t token = first; token <= messages && !give_up; token += writers) {
    const std::string text = std::to_string(token);
    while (fanout.emit(payload(topic, text), {Origin::Kind::token, token}) == CULVERT_AGAIN && !give_up) {
      std::this_thread::yield();
    }
  }
}

void run(const std::optional<BatchLimits>& batch) {
  Budget budget{24 << 20};
  Doorbell doorbell;
  Ledger ledger;
  Fanout fanout{"boiler", "edge-01", 42, budget, doorbell};
  std::vector<std::unique_ptr<Reader>> readers;
  for (std::size_t route = 0; route < routes; ++route) {
    RouteSpec spec;
    spec.limits.max_messages = 200;
    spec.limits.batch = batch;
    fanout.add(std::move(spec));
    readers.push_back(std::make_unique<Reader>(fanout, route, ledger));
  }
  std::atomic<bool> give_up{false};
  std::vector<std::thread> threads;
  for (auto& reader : readers) {
    threads.emplace_back([&reader] { reader->run(); });
  }
  for (uint64_t first = 1; first <= writers; ++first) {
    threads.emplace_back([&fanout, &give_up, first] { write(fanout, first, give_up); });
  }

  const int64_t deadline_ns = monotonic_ns() + 50 * one_second_ns;
  while (ledger.size() < messages && monotonic_ns() < deadline_ns) {
    doorbell.wait_until(monotonic_ns() + 10 * one_ms_ns);
    std::vector<Ended> some;
    fanout.take_ended(some);
    for (const Ended& ended : some) { ledger.end(ended); }
    fanout.send_due(monotonic_ns());
  }
  give_up = true;
  for (auto& reader : readers) { reader->done = true; }
  for (auto& thread : threads) { thread.join(); }

  CHECK(ledger.size() == messages);
  CHECK(ledger.wrong_status == 0);
  CHECK(ledger.twice == 0);
  CHECK(fanout.unsettled() == 0);
  CHECK(budget.used() == 0);
  for (std::size_t route = 0; route < routes; ++route) {
    CHECK(readers[route]->faults == 0);
    CHECK(readers[route]->damaged() == 0);
    CHECK(readers[route]->epochs > 2);
    CHECK((readers[route]->batched > messages / 2) == batch.has_value());
    const OutletCounters counters = fanout.outlet_counters(route);
    CHECK(counters.placed == messages);
    CHECK(counters.delivered + counters.rejected == messages);
    CHECK(counters.damaged_frames + counters.stray_ranges == 0);
  }
  fanout.close();
}

}  // namespace

TEST_CASE(
    "stress: nothing is lost, ends twice or comes out of order, whatever readers answer and however often they go") {
  run({});
}

TEST_CASE("stress: with batches, too, and all of a batch ends alike") {
  run(BatchLimits{.max_messages = 16, .within_ns = 5 * one_ms_ns});
}

}  // namespace culvert::test
