// SPDX-License-Identifier: MIT
// What becomes of an outlet and of what it holds when its route changes, or is there no more.
#include "core/channel/outlet.hpp"
#include "core/util/clock.hpp"

#include <utility>

namespace culvert {

void Outlet::close_batches(int64_t now_ns) {
  if (!gathering_) { return; }
  gathering_->close_all(closed_);
  keep_closed(now_ns);
}

void Outlet::change(const OutletLimits& limits, int64_t now_ns) {
  close_batches(now_ns);
  const bool newest_first = limits_.newest_first;
  limits_ = limits;
  limits_.newest_first = newest_first;
  begin_gathering();
  send(now_ns);
  load();
}

void Outlet::begin_gathering() {
  gathering_.reset();
  if (!limits_.batch) { return; }
  gathering_.emplace(*limits_.batch);
  if (hurried_) { gathering_->hurry(); }
}

void Outlet::take_time(int64_t now_ns) {
  if (!std::exchange(hurried_, false)) { return; }
  close_batches(now_ns);
  begin_gathering();
}

void Outlet::pause(bool is_paused, int64_t now_ns) {
  is_paused_ = is_paused;
  send(now_ns);
}

OutletEnd Outlet::give_up() {
  {
    const std::lock_guard lock{guard_};
    close_batches(monotonic_ns());
  }
  close();
  OutletEnd end;
  end.unwritten = finish();
  const std::lock_guard lock{guard_};
  if (!backlog_) {
    end.dropped = unsettled();
    for (Slot& slot : slots_) { this->end(slot, CULVERT_DROPPED); }
    return end;
  }
  end.kept = unsettled() - std::min<std::size_t>(unsettled(), end.unwritten);
  // Their source waited for the commit, which has come with the end of the store.
  const culvert_status status = end.unwritten == 0 ? CULVERT_OK : CULVERT_DROPPED;
  for (const Backlog::Unwritten& waited : backlog_->release()) {
    budget_.give_back(waited.bytes);
    if (waited.parcel != Parcels::none) { listener_.on_ended(waited.parcel, status); }
  }
  return end;
}

void Outlet::move_to(Outlet& next) {
  // What is in a store is the next one's when it opens that.
  if (backlog_) { return; }
  close_batches(monotonic_ns());
  for (const Chunk& chunk : chunks_) {
    for (std::string_view rest{chunk.entries}; !rest.empty();) {
      std::string entry{rest.substr(0, entry_length(rest))};
      rest.remove_prefix(entry.size());
      const auto slot = slot_from(entry_seq(entry));
      if (slot == slots_.end() || slot->seq != entry_seq(entry) || slot->ended) { continue; }
      next.take_over(entry, slot->parcel, slot->messages, slot->at_ns);
    }
  }
  budget_.give_back(bytes_);
  slots_.clear();
  chunks_.clear();
  live_slots_ = unsettled_ = bytes_ = unsent_chunk_ = 0;
}

void Outlet::take_over(std::string& entry, Parcels::Id parcel, uint32_t messages, int64_t at_ns) {
  counters_.placed += messages;
  unsettled_ += messages;
  bytes_ += entry.size();
  budget_.take(entry.size());
  keep(entry, parcel, messages, at_ns);
}

}  // namespace culvert
