// SPDX-License-Identifier: MIT
// What a journal writes in a second, and to the disk: messages of 200 bytes in groups of 64, each group erased with the
// next, as when a reader is behind by one group. Beside it, in the same run and by turns, SQLite alone with the same
// rows, table and pragmas.
//
//   journal [FOLDER]    where the files are made and removed again (the current folder); its disk is what is measured
#include "core/journal/journal.hpp"

#include "core/journal/salvage.hpp"
#include "core/message/frame.hpp"
#include "core/util/clock.hpp"
#include "tests/core/lib/sqlite/bare_loop.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

using namespace culvert;

constexpr uint64_t group = 64, groups = 1500, messages = group * groups;
constexpr std::size_t body_bytes = 200;
constexpr int rounds = 7;

std::string make_entry() {
  const std::string body(body_bytes, 'x');
  culvert_message message{};
  message.size = sizeof message;
  message.kind = CULVERT_PAYLOAD;
  message.topic = {"plant/boiler", 12};
  message.payload = {body.data(), body.size()};
  std::string entry;
  write_entry(message, 1, entry);
  return entry;
}

struct Figures {
  double per_second = 0, cpu_us = 0, written = 0;  ///< bytes to the disk for each byte carried; 0 where nobody counts
};

double cpu_s() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// What this process has had written, by pages.
double disk_bytes() {
  std::ifstream lines{"/proc/self/io"};
  std::string name;
  for (double value = 0; lines >> name >> value;) {
    if (name == "write_bytes:") { return value; }
  }
  return 0;
}

template <class Work>
Figures measure(Work work) {
  const double cpu = cpu_s(), written = disk_bytes();
  const int64_t start_ns = monotonic_ns();
  work();
  constexpr auto count = static_cast<double>(messages);
  return {count * 1e9 / static_cast<double>(monotonic_ns() - start_ns), (cpu_s() - cpu) * 1e6 / count,
          (disk_bytes() - written) / (count * static_cast<double>(body_bytes))};
}

Figures run_bare(const std::string& path, const std::string& entry) {
  test::BareLoop loop{path};
  return measure([&] {
    for (int64_t first = 1; first <= int64_t{messages}; first += group) {
      const int64_t last = first + int64_t{group} - 1;
      loop.write(first - int64_t{group}, first - 1, first, last, entry);
    }
  });
}

Figures run_file(const journal::Folder& folder, const std::string& path, const std::string& entry) {
  const auto opened = journal::open_journal(folder, path, {});
  journal::File& its = *opened.file;
  return measure([&] {
    for (uint64_t first = 1; first <= messages; first += group) {
      its.begin();
      if (first > group) { its.erase(first - group, first - 1); }
      for (uint64_t seq = first; seq < first + group; ++seq) { its.insert(seq, monotonic_ns(), 1, entry); }
      its.commit();
    }
  });
}

/// Appends the next group once the one before is on disk, on the thread of the journal, and ends that one then.
class Feeder final : public Store::Listener {
 public:
  Feeder(Store& store, const std::string& entry) : store_{store}, entry_{entry} {}
  void append() {
    const int64_t now_ns = monotonic_ns();
    for (uint64_t left = group; left > 0; --left) { store_.append(++appended_, entry_, 1, now_ns); }
  }
  void on_committed(uint64_t seq) override {
    // Of the first group a part may have been taken.
    if (seq < appended_) { return; }
    if (seq == messages) { return all_.ring(); }
    store_.settle(seq - group + 1, seq, one_second_ns);
    append();
  }
  void on_read(Store::Piece) override {}
  void on_room_made(const Store::Dropped&) override {}
  void on_change() override {}
  void wait() { all_.wait_until(INT64_MAX); }

 private:
  Store& store_;
  const std::string& entry_;
  uint64_t appended_ = 0;
  Doorbell all_;
};

Figures run_journal(journal::Folder& folder, const std::string& entry, uint64_t& ret_commits) {
  journal::Journal its{folder, "journal", {}, [](LogKind, const std::string& line) { std::puts(line.c_str()); }};
  Feeder feeder{its, entry};
  its.start(feeder);
  const Figures figures = measure([&] {
    feeder.append();
    feeder.wait();
  });
  its.close();
  ret_commits = its.counters().commits;
  return figures;
}

struct Spread {
  double least, median, most;
};
Spread spread(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {values.front(), values[values.size() / 2], values.back()};
}

template <class Value>
Spread spread_of(const std::vector<std::array<Figures, 3>>& all, Value value) {
  std::vector<double> values;
  for (const auto& round : all) { values.push_back(value(round)); }
  return spread(std::move(values));
}

void say(const char* name, std::size_t which, const std::vector<std::array<Figures, 3>>& all) {
  const auto rate = spread_of(all, [&](const auto& round) { return round[which].per_second; });
  const auto cpu = spread_of(all, [&](const auto& round) { return round[which].cpu_us; });
  const auto written = spread_of(all, [&](const auto& round) { return round[which].written; });
  std::printf("%-12s %8.0f messages/s (%.0f to %.0f)  %5.2f us CPU  %5.2f bytes to disk for each carried\n", name,
              rate.median, rate.least, rate.most, cpu.median, written.median);
}

void say_ratio(const char* name, std::size_t which, const std::vector<std::array<Figures, 3>>& all) {
  const auto rate = spread_of(all, [&](const auto& round) { return round[which].per_second / round[0].per_second; });
  const auto written = spread_of(all, [&](const auto& round) { return round[which].written / round[0].written; });
  std::printf("%s / SQLite: %.2f of its messages/s (%.2f to %.2f), %.3f of its bytes to disk (%.3f to %.3f)\n", name,
              rate.median, rate.least, rate.most, written.median, written.least, written.most);
}

}  // namespace

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  const std::string state = std::string{argc > 1 ? argv[1] : "."} + "/journal-bench";
  fs::create_directories(state);
  const std::string entry = make_entry();
  std::vector<std::array<Figures, 3>> all;
  uint64_t commits = 0;
  for (int round = 0; round < rounds; ++round) {
    fs::remove_all(state + "/journal");
    journal::Folder folder{state};
    // What comes first has the disk as the round before left it: they take turns.
    std::array<Figures, 3> figures;
    for (int turn = 0; turn < 3; ++turn) {
      const int which = (round + turn) % 3;
      if (which == 0) { figures[0] = run_bare(folder.path() + "/bare.db", entry); }
      if (which == 1) { figures[1] = run_file(folder, folder.path_of("file"), entry); }
      if (which == 2) { figures[2] = run_journal(folder, entry, commits); }
    }
    all.push_back(figures);
  }
  fs::remove_all(state);
  std::printf("%d rounds of %lu messages of %zu bytes in groups of %lu\n", rounds, messages, body_bytes, group);
  say("SQLite", 0, all);
  say("its file", 1, all);
  say("the journal", 2, all);
  say_ratio("its file", 1, all);
  say_ratio("the journal", 2, all);
  std::printf("the journal: %.1f messages in a commit\n", static_cast<double>(messages) / static_cast<double>(commits));
  return 0;
}
