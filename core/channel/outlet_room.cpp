// SPDX-License-Identifier: MIT
// Whether an outlet has room, and what it does when it has none.
#include "core/channel/outlet.hpp"

#include <algorithm>

namespace culvert {

bool Outlet::memory_has_room(std::size_t entry_bytes) const noexcept {
  if (unsettled_ == 0) { return true; }
  return unsettled_ < limits_.max_messages && bytes_ + entry_bytes <= limits_.max_bytes && budget_.has(entry_bytes);
}

bool Outlet::has_room(std::size_t entry_bytes) const {
  if (!backlog_) { return memory_has_room(entry_bytes); }
  // As long as nothing waits on disk a route goes on while the disk can't: it is one in memory then.
  if ((limits_.newest_first || backlog_->empty()) && memory_has_room(entry_bytes)) { return true; }
  return backlog_->waiting_unwritten() < limits_.max_messages &&
         backlog_->waiting_unwritten_bytes() + entry_bytes <= std::max(limits_.max_bytes, entry_bytes) &&
         budget_.has(entry_bytes) && backlog_->has_room(entry_bytes);
}

bool Outlet::has_spare(std::size_t entry_bytes) const {
  // Going on at three quarters saves a wake-up for each message at the brim.
  if (!backlog_ && unsettled_ > limits_.max_messages - (limits_.max_messages + 3) / 4) { return false; }
  return has_room(std::max(limits_.max_bytes / 4, entry_bytes));
}

bool Outlet::make_room(std::size_t entry_bytes) {
  if (limits_.when_full != WhenFull::drop_oldest && limits_.when_full != WhenFull::thin) { return false; }
  if (backlog_) {
    // The store takes its time; until then it is the newest that goes.
    backlog_->make_room(limits_.when_full == WhenFull::thin);
    return false;
  }
  limits_.when_full == WhenFull::thin ? thin() : drop_oldest(entry_bytes);
  forget_ended();
  return has_room(entry_bytes);
}

void Outlet::drop_oldest(std::size_t entry_bytes) {
  drop_from_seq_ = std::max(drop_from_seq_, first_unsent_seq());
  for (auto slot = slot_from(drop_from_seq_); slot != slots_.end() && !has_room(entry_bytes); ++slot) {
    drop_from_seq_ = slot->seq + 1;
    if (!slot->ended) { counters_.dropped_oldest += slot->messages; }
    end(*slot, CULVERT_DROPPED);
  }
  while (unsent_chunk_ < chunks_.size() && chunks_[unsent_chunk_].end_seq <= drop_from_seq_) {
    chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(unsent_chunk_));
  }
}

// Every second of the older half of what is unsent.
void Outlet::thin() {
  const auto from = slot_from(first_unsent_seq());
  const auto half = std::count_if(from, slots_.end(), [](const Slot& slot) { return !slot.ended; }) / 2;
  std::ptrdiff_t seen = 0;
  for (auto slot = from; slot != slots_.end() && seen < std::max<std::ptrdiff_t>(half, 2); ++slot) {
    if (slot->ended || ++seen % 2 == 1) { continue; }
    counters_.dropped_oldest += slot->messages;
    end(*slot, CULVERT_DROPPED);
  }
  purge_unsent();
}

// Frames that hold what has ended would hold its memory.
void Outlet::purge_unsent() {
  for (std::size_t index = unsent_chunk_; index < chunks_.size(); ++index) {
    Chunk& chunk = chunks_[index];
    const Live live = count_live(chunk);
    if (live.entries == chunk.count) { continue; }
    chunk.entries = std::string{live_entries(chunk, live.entries)};
    chunk.count = live.entries;
    chunk.messages = live.messages;
  }
  std::erase_if(chunks_, [](const Chunk& chunk) { return chunk.count == 0; });
}

// Ends those of them that have waited too long.
void Outlet::expire(uint64_t first_seq, uint64_t end_seq, int64_t now_ns) {
  for (auto slot = slot_from(first_seq); slot != slots_.end() && slot->seq < end_seq; ++slot) {
    if (slot->ended || now_ns - slot->at_ns <= limits_.ttl_ns) { continue; }
    counters_.expired += slot->messages;
    end(*slot, CULVERT_DROPPED);
  }
  tell_store();
}

}  // namespace culvert
