// SPDX-License-Identifier: MIT
// What an outlet has to do with its store: what comes is written there and, while there is room, held in memory as
// well; what waits there comes back to memory in its turn; what ends is forgotten there.
#include "core/channel/outlet.hpp"
#include "core/util/clock.hpp"

#include <algorithm>
#include <utility>

namespace culvert {
namespace {

constexpr std::string_view rejected_by_reader = "rejected by its reader";

}  // namespace

uint64_t Outlet::finish() { return backlog_ ? backlog_->store().close() : 0; }

// Answers whether it is to be held in memory as well. It was counted as if it were.
bool Outlet::journal(const std::string& entry, uint64_t seq, Parcels::Id parcel, uint32_t messages, int64_t now_ns) {
  const bool fits = unsettled_ == messages || (unsettled_ <= limits_.max_messages && bytes_ <= limits_.max_bytes);
  const bool holds = fits && (limits_.newest_first || backlog_->empty());
  backlog_->append(seq, entry, messages, parcel, !holds, now_ns);
  if (holds) { return true; }
  // Its bytes stay counted in the budget until they are written.
  unsettled_ -= messages;
  bytes_ -= entry.size();
  const bool drops = limits_.when_full == WhenFull::drop_oldest || limits_.when_full == WhenFull::thin;
  if (drops && backlog_->store().is_tight()) { backlog_->make_room(limits_.when_full == WhenFull::thin); }
  return false;
}

void Outlet::end_in_store(const Slot& slot, culvert_status status, std::string_view reason) {
  const Backlog::Unwritten unwritten = backlog_->end(slot.key);
  if (unwritten.parcel != Parcels::none) { listener_.on_ended(unwritten.parcel, status); }
  if (status == CULVERT_REJECTED) {
    backlog_->store().reject(slot.key, reason.empty() ? rejected_by_reader : reason);
  } else {
    settle_in_store(slot.key, slot.at_ns);
  }
}

void Outlet::settle_in_store(uint64_t key, int64_t at_ns) {
  if (settled_last_ + 1 != key || settled_first_ > settled_last_) {
    tell_store();
    settled_first_ = key;
  }
  settled_last_ = key;
  settled_at_ns_ = at_ns;
}

void Outlet::tell_store() {
  if (!backlog_ || settled_first_ > settled_last_) { return; }
  backlog_->store().settle(settled_first_, settled_last_, monotonic_ns() - settled_at_ns_);
  settled_first_ = settled_last_ + 1;
}

// Takes to memory what has room there, and has the next piece read meanwhile. A quarter of what memory holds, so that a
// piece is worth its way.
void Outlet::load() {
  if (!backlog_ || backlog_->empty()) { return; }
  const int64_t now_ns = monotonic_ns();
  bool is_news = false;
  for (const Store::Kept* next = backlog_->next(); next != nullptr; next = backlog_->next()) {
    const bool fits =
        unsettled_ + next->messages <= limits_.max_messages && bytes_ + next->entry.size() <= limits_.max_bytes;
    if (!fits && unsettled_ > 0) { break; }
    is_news = true;
    hold_again(backlog_->take_next(now_ns), now_ns);
  }
  if (is_news) {
    tell_store();
    send(now_ns);
  }
  const std::size_t messages = std::max<std::size_t>(limits_.max_messages / 4, 1), bytes = limits_.max_bytes / 4;
  // The newest are known only when it is their turn.
  const bool is_time =
      !limits_.newest_first || (unsettled_ + messages <= limits_.max_messages && bytes_ + bytes <= limits_.max_bytes);
  if (unsettled_ == 0 || (is_time && budget_.has(bytes))) { backlog_->load(messages, bytes); }
}

void Outlet::hold_again(Store::Kept kept, int64_t now_ns) {
  if (limits_.ttl_ns > 0 && kept.age_ns > limits_.ttl_ns) {
    counters_.expired += kept.messages;
    counters_.dropped += kept.messages;
    budget_.give_back(kept.entry.size());
    settle_in_store(kept.seq, now_ns - kept.age_ns);
    return;
  }
  add_entry_flags(kept.entry, CULVERT_HISTORICAL);
  unsettled_ += kept.messages;
  bytes_ += kept.entry.size();
  hold(kept.entry, kept.seq, Parcels::none, kept.messages, now_ns - kept.age_ns, now_ns);
}

void Outlet::on_committed(uint64_t seq) {
  const std::lock_guard lock{guard_};
  Backlog::Unwritten written;
  while (backlog_->take_written(seq, written)) {
    budget_.give_back(written.bytes);
    if (written.parcel != Parcels::none) { listener_.on_ended(written.parcel, CULVERT_OK); }
  }
  load();
  listener_.on_progress();
}

void Outlet::on_read(Store::Piece piece) {
  const std::lock_guard lock{guard_};
  const uint64_t damaged = piece.damaged;
  const std::size_t before = backlog_->bytes_ahead();
  if (backlog_->take_loaded(std::move(piece), monotonic_ns())) { counters_.damaged += damaged; }
  budget_.take(backlog_->bytes_ahead() - before);
  load();
  listener_.on_progress();
}

void Outlet::on_room_made(const Store::Dropped& dropped) {
  const std::lock_guard lock{guard_};
  if (!backlog_->take_dropped(dropped)) { return load(); }
  counters_.dropped += dropped.messages;
  counters_.dropped_oldest += dropped.messages;
  if (dropped.messages > 0 && backlog_->store().is_tight()) {
    backlog_->make_room(limits_.when_full == WhenFull::thin);
  }
  load();
  listener_.on_progress();
}

void Outlet::on_change() {
  const std::lock_guard lock{guard_};
  send(monotonic_ns());
  listener_.on_progress();
}

}  // namespace culvert
