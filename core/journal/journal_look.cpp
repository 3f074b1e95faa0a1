// SPDX-License-Identifier: MIT
// What a journal that is at work shows and drops for who asks a runtime. Nothing is written to be looked at.
#include "core/journal/journal.hpp"

#include <algorithm>

namespace culvert::journal {
namespace {

/// Of a message or several, what a part counts.
std::size_t size_of(const std::vector<Row>& rows) {
  std::size_t bytes = 0;
  for (const Row& row : rows) { bytes += row.entry.size(); }
  return bytes;
}

}  // namespace

std::string Journal::edge(bool newest) {
  return ask([this, newest] {
    Row row = newest ? last_row() : first_row();
    guess_time(row, open_file().clock().first_seq());
    return row.entry;
  });
}

Part<Row> Journal::messages(int64_t after, const PartLimits& limits) {
  return ask([this, after, limits] { return read_part(after, limits); });
}

Part<Dead> Journal::dead(int64_t after, const PartLimits& limits) {
  return ask([this, after, limits] { return open_file().dead_letters(after, limits); });
}

bool Journal::erase(bool dead, uint64_t& ret_dead) {
  std::unique_lock lock{mutex_};
  const uint64_t ticket = ++erase_asked_;
  if (dead) {
    drops_dead_ = true;
    dead_dropped_ = 0;
  }
  lock.unlock();
  doorbell_.ring();
  lock.lock();
  erased_.wait_for(lock, Errand::patience, [&] { return erase_done_ >= ticket; });
  ret_dead = dead_dropped_;
  return erase_done_ >= ticket;
}

File& Journal::open_file() {
  if (!file_) { throw Unanswered{"its file is given up, and there is none in its place yet"}; }
  return *file_;
}

bool Journal::has_gone(uint64_t seq) const {
  const auto is_it = [seq](const Burial& burial) { return burial.seq == seq && burial.entry.empty(); };
  return ended_.contains(seq) || erasing_.contains(seq) || std::any_of(burials_.begin(), burials_.end(), is_it) ||
         std::any_of(burying_.begin(), burying_.end(), is_it);
}

// What has ended may still be on disk, and what has not may be in memory only.
Part<Row> Journal::read_part(int64_t after, const PartLimits& limits) {
  File& file = open_file();
  uint64_t committed = 0;
  {
    const std::lock_guard lock{mutex_};
    committed = committed_;
  }
  Part<Row> part;
  part.after = after;
  const uint64_t first = static_cast<uint64_t>(after) + 1;
  if (first <= committed) {
    Found found = file.read({first, committed, false, limits.rows, limits.bytes});
    part.after = static_cast<int64_t>(found.last);
    part.items = std::move(found.rows);
    const std::lock_guard lock{mutex_};
    for (const auto& [damaged, last] : found.damaged.all()) {
      for (uint64_t seq = damaged; seq <= last; ++seq) { part.damaged += has_gone(seq) ? 0 : 1; }
    }
    std::erase_if(part.items, [this](const Row& row) { return has_gone(row.seq); });
  }
  const bool is_end = static_cast<uint64_t>(part.after) >= committed;
  part.is_last = is_end && add_unwritten(limits, part);
  for (Row& row : part.items) { guess_time(row, file.clock().first_seq()); }
  return part;
}

bool Journal::add_unwritten(const PartLimits& limits, Part<Row>& ret_part) {
  const std::lock_guard lock{mutex_};
  std::size_t bytes = size_of(ret_part.items);
  const auto add = [&](const Pending& pending) {
    if (pending.ended || pending.seq <= static_cast<uint64_t>(ret_part.after) || ended_.contains(pending.seq)) {
      return true;
    }
    const bool fits = ret_part.items.size() < limits.rows && bytes + pending.entry.size() <= limits.bytes;
    if (!fits && !ret_part.items.empty()) { return false; }
    bytes += pending.entry.size();
    ret_part.items.push_back({pending.seq, 0, pending.messages, pending.entry});
    ret_part.after = static_cast<int64_t>(pending.seq);
    return true;
  };
  return std::all_of(group_.begin(), group_.end(), add) && std::all_of(pending_.begin(), pending_.end(), add);
}

Row Journal::first_row() {
  Part<Row> part;
  do { part = read_part(part.after, {}); } while (part.items.empty() && !part.is_last);
  return part.items.empty() ? Row{} : std::move(part.items.front());
}

Row Journal::last_row() {
  uint64_t last = 0;
  {
    const std::lock_guard lock{mutex_};
    const auto pending = std::find_if(pending_.rbegin(), pending_.rend(), [](const auto& one) { return !one.ended; });
    if (pending != pending_.rend()) { return {pending->seq, 0, pending->messages, pending->entry}; }
    if (!group_.empty()) { return {group_.back().seq, 0, group_.back().messages, group_.back().entry}; }
    last = committed_;
  }
  const PartLimits limits;
  while (last > 0) {
    Found found = open_file().read({1, last, true, limits.rows, limits.bytes});
    const std::lock_guard lock{mutex_};
    for (Row& row : found.rows) {
      if (!has_gone(row.seq)) { return std::move(row); }
    }
    last = found.first - 1;
  }
  return {};
}

}  // namespace culvert::journal
