// SPDX-License-Identifier: MIT
// What a journal at work shows to who asks, and what it erases for them.
#include "tests/core/journal/gate.hpp"
#include "tests/core/journal/rig.hpp"

#include <map>
#include <random>
#include <thread>

namespace culvert::test {
namespace {

using journal::Dead;
using journal::Part;
using journal::PartLimits;
using journal::Row;
using Texts = std::vector<std::string>;

constexpr PartLimits few{7, 1000};

Texts all_messages(journal::Journal& journal, const PartLimits& limits = few) {
  Texts texts;
  Part<Row> part;
  do {
    part = journal.messages(part.after, limits);
    CHECK(part.items.size() <= limits.rows);
    CHECK(part.damaged == 0);
    for (const Row& row : part.items) {
      CHECK(entry_seq(row.entry) == row.seq);
      texts.push_back(text_of(row.entry));
    }
  } while (!part.is_last);
  return texts;
}

Texts all_dead(journal::Journal& journal) {
  Texts texts;
  Part<Dead> part;
  do {
    part = journal.dead(part.after, few);
    CHECK(part.items.size() <= few.rows);
    for (const Dead& dead : part.items) { texts.push_back(text_of(dead.entry) + ": " + dead.reason); }
  } while (!part.is_last);
  return texts;
}

std::string text_at(const std::string& entry) { return entry.empty() ? "" : text_of(entry); }

/// What there is, by number.
struct Model {
  Texts messages() const {
    Texts texts;
    for (const auto& [seq, text] : waiting) { texts.push_back(text); }
    return texts;
  }
  std::map<uint64_t, std::string> waiting;
  Texts dead;
};

}  // namespace

TEST_CASE(
    "journal: looked at in the middle of its work, it shows what has not ended and nothing else, like a list would") {
  JournalRig rig;
  Model model;
  std::mt19937 random{4711};
  uint64_t seq = 0;
  for (int step = 0; step < 400; ++step) {
    for (auto more = random() % 20; more > 0; --more) {
      const std::string text = std::to_string(++seq) + std::string(random() % 100, '.');
      rig.append(seq, text);
      model.waiting[seq] = text;
    }
    if (random() % 3 == 0 && !model.waiting.empty()) {
      const uint64_t first = model.waiting.begin()->first + random() % 30, last = first + random() % 40;
      const int64_t waited_ns = random() % 2 == 0 ? 0 : one_second_ns;
      const auto begin = model.waiting.lower_bound(first), end = model.waiting.upper_bound(last);
      for (auto at = begin; at != end; ++at) { rig.journal->settle(at->first, at->first, waited_ns); }
      model.waiting.erase(begin, end);
    }
    if (random() % 5 == 0 && !model.waiting.empty()) {
      const auto [number, text] = *std::next(model.waiting.begin(), static_cast<long>(random() % model.waiting.size()));
      rig.journal->reject(number, "bad");
      model.waiting.erase(number);
      model.dead.push_back(text + ": bad");
    }
    if (random() % 4 == 0) {
      CHECK(all_messages(*rig.journal) == model.messages());
      CHECK(text_at(rig.journal->edge(false)) == (model.waiting.empty() ? "" : model.waiting.begin()->second));
      CHECK(text_at(rig.journal->edge(true)) == (model.waiting.empty() ? "" : model.waiting.rbegin()->second));
    }
    if (random() % 16 == 0) {
      REQUIRE(rig.ears->wait([&] { return all_dead(*rig.journal) == model.dead; }));
      uint64_t gone = 0;
      REQUIRE(rig.journal->erase(true, gone));
      CHECK(gone == model.dead.size());
      model.dead.clear();
    }
  }
  CHECK(seq > 1000);
  REQUIRE(rig.journal->close() == 0);
  rig.open();
  CHECK(rig.texts() == model.messages());
}

TEST_CASE("journal: what has ended is off the disk once that was asked for, however much it is") {
  JournalRig rig;
  constexpr uint64_t count = 3 * journal::Journal::erase_most;
  for (uint64_t seq = 1; seq <= count; ++seq) { rig.append(seq, "x"); }
  REQUIRE(rig.ears->wait_committed(count));
  const uint64_t before = rig.journal->counters().commits;
  rig.journal->settle(1, count - 1, one_second_ns);
  uint64_t dead = 0;
  // A slow machine may need more than one of these.
  REQUIRE(rig.ears->wait([&] { return rig.journal->erase(false, dead); }));
  CHECK(rig.journal->counters().commits >= before + 3);
  const Texts on_disk = rig.texts();
  CHECK(on_disk == Texts{"x"});
}

TEST_CASE("journal: a part holds no more than it may, and always one message") {
  JournalRig rig;
  const std::string large(5000, 'x');
  for (uint64_t seq = 1; seq <= 3; ++seq) { rig.append(seq, large); }
  CHECK(rig.journal->messages(0, few).items.size() == 1);
  CHECK(all_messages(*rig.journal).size() == 3);
  REQUIRE(rig.ears->wait_committed(3));
  CHECK(rig.journal->messages(0, few).items.size() == 1);
  CHECK(all_messages(*rig.journal).size() == 3);
}

TEST_CASE("journal: while its disk hangs who looks is told so, the next at once, and it shows all again after that") {
  JournalRig rig;
  Gate gate{"-wal"};
  rig.append(1, "one");
  REQUIRE(rig.ears->wait_committed(1));
  gate.shut();
  rig.append(2, "two");
  REQUIRE(gate.wait_for_one());
  CHECK_THROWS_AS(rig.journal->messages(0, {}), journal::Unanswered);
  const int64_t asked_ns = monotonic_ns();
  CHECK_THROWS_WITH_AS(rig.journal->edge(true), "its disk does not answer, be it slow or broken", journal::Unanswered);
  CHECK(monotonic_ns() - asked_ns < 2 * one_second_ns);
  rig.journal->settle(1, 1, one_second_ns);
  uint64_t dead = 0;
  CHECK(!rig.journal->erase(true, dead));
  gate.open();
  REQUIRE(rig.ears->wait_committed(2));
  CHECK(rig.ears->wait([&] {
    try {
      return all_messages(*rig.journal) == Texts{"two"};
    } catch (const journal::Unanswered&) { return false; }
  }));
  CHECK(rig.journal->erase(true, dead));
}

TEST_CASE("journal: who looks while it is closed gets an answer or is told that, and after it always the latter") {
  JournalRig rig;
  Gate gate{"-wal"};
  gate.shut();
  rig.append(1, "one");
  REQUIRE(gate.wait_for_one());
  std::string said;
  std::thread looks{[&] {
    try {
      said = text_of(rig.journal->messages(0, {}).items.at(0).entry);
    } catch (const journal::Unanswered& error) { said = error.what(); }
  }};
  std::thread closes{[&] { rig.journal->close(); }};
  CHECK(rig.ears->wait([&] { return !rig.journal->is_open(); }));
  gate.open();
  closes.join();
  looks.join();
  CHECK((said == "one" || said == "the runtime is ending"));
  CHECK_THROWS_WITH_AS(rig.journal->edge(false), "the runtime is ending", journal::Unanswered);
}

}  // namespace culvert::test
