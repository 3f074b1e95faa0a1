// SPDX-License-Identifier: MIT
// A process that does all that a journal may be asked for, by chance, and is killed at any time; what is on disk then
// is compared with what it was told. Then the next one goes on with it.
#include "tests/core/journal/rig.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <random>

namespace culvert::test {
namespace {

/// What the process says through a pipe, before it does it; of a commit, after.
struct Event {
  enum Kind : uint32_t { append, settle, reject, committed, done } kind;
  uint64_t first, last;
};

std::string text_for(uint64_t seq) {
  return std::to_string(seq) + std::string(seq % 97 == 0 ? 9000 : seq % 300, static_cast<char>('a' + seq % 26));
}

class Actor final : public Store::Listener {
 public:
  Actor(const std::string& state, int pipe, unsigned seed) : pipe_{pipe}, random_{seed}, folder_{state} {}

  void run() {
    journal::Journal journal{folder_, "a.b", {.max_bytes = 8 << 20}, [](LogKind, const std::string&) {}};
    const Store::Contents contents = journal.contents();
    uint64_t seq = contents.next_seq - 1, settled = contents.first == 0 ? seq : contents.first - 1;
    journal.start(*this);
    // At last it ends by itself, if nobody has killed it.
    for (int round = 0; round < 1500; ++round) {
      const unsigned chance = random_() % 100;
      if (chance < 70 && journal.has_room(10'000)) {
        ++seq;
        say({Event::append, seq, seq});
        journal.append(seq, entry(seq, text_for(seq)), 1, monotonic_ns());
      } else if (chance < 90 && settled < seq) {
        const uint64_t last = settled + 1 + random_() % std::min<uint64_t>(seq - settled, 40);
        say({Event::settle, settled + 1, last});
        journal.settle(settled + 1, last, chance < 80 ? one_ms_ns : one_second_ns);
        settled = last;
      } else if (chance < 92 && settled < seq) {
        ++settled;
        say({Event::reject, settled, settled});
        journal.reject(settled, "no");
      } else if (chance < 97) {
        doorbell_.wait_until(monotonic_ns() + one_ms_ns);
      }
    }
    journal.close();
    say({Event::done, seq + 1, 0});
  }

  void on_committed(uint64_t seq) override {
    say({Event::committed, seq, seq});
    doorbell_.ring();
  }
  void on_read(Store::Piece) override {}
  void on_room_made(const Store::Dropped&) override {}
  void on_change() override {}

 private:
  // Short writes to a pipe are whole.
  void say(const Event& event) {
    if (write(pipe_, &event, sizeof event) != sizeof event) { _exit(1); }
  }
  const int pipe_;
  std::mt19937 random_;
  journal::Folder folder_;
  Doorbell doorbell_;
};

/// What the journal must hold, and what it may hold.
struct Model {
  std::map<uint64_t, bool> appended;  ///< by number: whether it was committed for certain
  uint64_t ended = 0;                 ///< up to here all have ended
  uint64_t last = 0;
  uint64_t clean_next = 0;

  void take(const Event& event) {
    switch (event.kind) {
      case Event::append:
        appended[event.first] = false;
        last = event.first;
        break;
      case Event::settle:
      case Event::reject:
        ended = event.last;
        break;
      case Event::committed:
        for (auto at = appended.begin(); at != appended.end() && at->first <= event.first; ++at) { at->second = true; }
        break;
      case Event::done:
        clean_next = event.first;
        break;
    }
  }
};

void act_and_die(const std::string& state, unsigned seed, Model& model) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    Actor{state, ends[1], seed}.run();
    _exit(0);
  }
  close(ends[1]);
  std::mt19937 random{seed};
  int left = static_cast<int>(random() % 1800);
  Event event{};
  while (read(ends[0], &event, sizeof event) == sizeof event) {
    model.take(event);
    if (--left == 0) { kill(child, SIGKILL); }
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  REQUIRE((WIFSIGNALED(status) || WEXITSTATUS(status) == 0));
}

void compare(const std::string& state, uint64_t& ret_id, Model& model) {
  journal::Folder folder{state};
  auto opened = journal::open_journal(folder, folder.path_of("a.b"), {.max_bytes = 8 << 20});
  REQUIRE(opened.said.empty());
  if (ret_id == 0) { ret_id = opened.file->id(); }
  REQUIRE(opened.file->id() == ret_id);
  REQUIRE(opened.file->next_seq() > model.last);
  if (model.clean_next != 0) { REQUIRE(opened.file->next_seq() == model.clean_next); }
  const journal::Found found = opened.file->read({0, INT64_MAX, false, SIZE_MAX, SIZE_MAX});
  REQUIRE(found.damaged.empty());
  std::map<uint64_t, bool> next;
  uint64_t ended = 0;
  for (const journal::Row& row : found.rows) {
    REQUIRE(model.appended.contains(row.seq));
    REQUIRE(row.entry == entry(row.seq, text_for(row.seq)));
    next[row.seq] = true;
    ended += row.seq <= model.ended ? 1 : 0;
  }
  for (const auto& [seq, committed] : model.appended) {
    if (committed && seq > model.ended) { REQUIRE(next.contains(seq)); }
  }
  // What has ended and comes again, at most.
  REQUIRE(ended <= 4 * journal::Journal::erase_rows);
  if (model.clean_next != 0) { REQUIRE(ended == 0); }
  model.appended = std::move(next);
  model.clean_next = 0;
}

}  // namespace

TEST_CASE("journal: killed at any time, again and again, it has what it said it has, and nothing that it never got") {
  const TemporaryFolder state;
  Model model;
  uint64_t id = 0;
  for (unsigned seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    act_and_die(state.path(), seed, model);
    compare(state.path(), id, model);
    // The next process begins with all that is there.
    model.ended = model.appended.empty() ? model.last : model.appended.begin()->first - 1;
  }
}

}  // namespace culvert::test
