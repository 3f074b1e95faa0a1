// SPDX-License-Identifier: MIT
// What the thread of a journal does while all is well: it writes groups, reads pieces, and makes room.
#include "core/journal/journal.hpp"
#include "core/lib/sqlite/error.hpp"
#include "core/util/clock.hpp"
#include "core/util/words.hpp"

#include <algorithm>
#include <utility>

namespace culvert::journal {
namespace {

// How much is dropped or looked at in one go, so that a transaction stays small.
constexpr int64_t room_bytes = 512 << 10;

}  // namespace

void Journal::run() noexcept {
  for (;;) {
    doorbell_.wait_until(errand_.is_left() ? 0 : due_ns());
    bool is_last = false;
    {
      const std::lock_guard lock{mutex_};
      is_last = stop_;
    }
    work(is_last);
    if (!is_last) {
      errand_.serve();
      continue;
    }
    // What could not be written at the end may have a successor to be written to.
    if (is_unfinished()) { work(true); }
    return;
  }
}

int64_t Journal::due_ns() const {
  const std::lock_guard lock{mutex_};
  if (stop_ || (state_ != State::broken && is_readable())) { return 0; }
  if (state_ != State::sound) { return retry_ns_; }
  int64_t due_ns = room_ ? 0 : INT64_MAX;
  if (!pending_.empty()) { due_ns = keeps_up_ ? pending_.front().placed_ns + grace_ns : 0; }
  if (!ended_.empty()) {
    const bool is_time = hurried_ns_ || ended_.count() >= erase_rows;
    due_ns = std::min(due_ns, is_time ? 0 : ended_since_ns_ + erase_ns);
  }
  if (is_unsynced_) { due_ns = std::min(due_ns, lasted_ns_ + erase_ns); }
  if (!burials_.empty() || is_unfinished() || must_reserve() || erase_done_ < erase_asked_) { due_ns = 0; }
  return due_ns;
}

// Only what is on disk can be read.
bool Journal::is_readable() const { return wanted_ && wanted_->first <= committed_; }

bool Journal::must_reserve() const { return last_seq_ + reserve_seqs / 4 >= reserved_; }

void Journal::work(bool is_last) {
  try {
    if (state_ == State::broken) {
      if (!is_last && monotonic_ns() < retry_ns_) { return; }
      try_again();
    }
    if (state_ == State::full && (is_last || monotonic_ns() >= retry_ns_)) { heal(is_last); }
    if (state_ == State::sound && (is_last || due_ns() <= monotonic_ns())) { write(is_last); }
    if (!is_last) {
      serve_read();
      if (state_ == State::sound) { serve_room(); }
    }
  } catch (const std::system_error& error) { on_trouble(error); } catch (const std::exception& error) {
    on_broken(error.what());
  }
}

void Journal::take_group(bool is_last) {
  const std::lock_guard lock{mutex_};
  // Of a group that could not be written some may have ended meanwhile.
  std::erase_if(group_, [&](const Pending& pending) {
    if (!ended_.contains(pending.seq)) { return false; }
    pending_cost_ -= cost_of(pending.entry.size());
    return true;
  });
  // One that is late makes no reader slow: others ended in time meanwhile.
  const int64_t now_ns = monotonic_ns();
  if (!pending_.empty() && pending_.front().placed_ns <= now_ns - grace_ns && now_ns - in_time_ns_ > patience_ns) {
    keeps_up_ = false;
  }
  for (Pending& pending : pending_) {
    if (!pending.ended) { group_.push_back(std::move(pending)); }
  }
  pending_.clear();
  group_last_ = last_seq_;
  for (uint64_t left = is_last ? UINT64_MAX : erase_most; !ended_.empty() && left > 0;) {
    const auto [first, last] = *ended_.all().begin();
    const uint64_t end = last - first < left ? last : first + left - 1;
    erasing_.add(first, end);
    ended_.remove(first, end);
    left -= end - first + 1;
  }
  erasing_count_ = erasing_.count();
  if (ended_.empty()) { erase_taken_ = erase_asked_; }
  dropping_dead_ = std::exchange(drops_dead_, false) || dropping_dead_;
  std::move(burials_.begin(), burials_.end(), std::back_inserter(burying_));
  burials_.clear();
  trim(burying_);
}

void Journal::write(bool is_last) {
  take_group(is_last);
  uint64_t reserved = 0;
  {
    const std::lock_guard lock{mutex_};
    if (is_last) { reserved = last_seq_ + 1; }
    // With a number to reserve all that was erased is safe from a cut of power: who asked for that is told of it.
    const bool is_due = is_unsynced_ && monotonic_ns() >= lasted_ns_ + erase_ns && !is_unfinished();
    const bool must_last = must_reserve() || erase_taken_ != erase_done_ || is_due;
    if (!is_last && must_last) { reserved = last_seq_ + 1 + reserve_seqs; }
  }
  if (is_unfinished() || reserved != 0) { write_group(reserved); }
  tell_written(reserved);
}

void Journal::write_group(uint64_t reserved) {
  const int64_t now_ns = monotonic_ns(), journal_ns = file_->clock().now_ns();
  // What was only erased is erased again when it is there again.
  const bool lasting = !group_.empty() || !burying_.empty() || reserved != 0 || now_ns - lasted_ns_ >= erase_ns;
  file_->begin(lasting);
  for (const auto& [first, last] : erasing_.all()) { file_->erase(first, last); }
  for (const Pending& pending : group_) {
    file_->insert(pending.seq, journal_ns - (now_ns - pending.placed_ns), pending.messages, pending.entry);
  }
  const uint64_t dropped = dropping_dead_ ? file_->dead() : 0;
  if (dropping_dead_) { file_->erase_dead(); }
  uint64_t gone = 0;
  for (const Burial& burial : burying_) {
    gone += burial.entry.empty() ? file_->bury(burial.seq, burial.reason)
                                 : file_->bury(burial.seq, burial.entry, burial.reason);
  }
  if (reserved != 0) { file_->reserve(reserved); }
  file_->commit();
  is_unsynced_ = !lasting;
  if (lasting) { lasted_ns_ = now_ns; }
  dropping_dead_ = false;
  // What is in the file itself is safe from a log that is damaged.
  if (reserved != 0) { file_->checkpoint(); }
  const std::lock_guard lock{mutex_};
  ++counters_.commits;
  counters_.dead_gone += gone;
  counters_.dead = file_->dead();
  dead_dropped_ += dropped;
}

void Journal::tell_written(uint64_t reserved) {
  const int64_t used_bytes = file_->used_bytes();
  const bool is_change = !erasing_.empty() || reserved != 0;
  const bool is_news = group_last_ > committed_;
  {
    const std::lock_guard lock{mutex_};
    for (const Pending& pending : group_) {
      pending_cost_ -= cost_of(pending.entry.size());
      counters_.written += pending.messages;
    }
    if (reserved != 0) { reserved_ = reserved; }
    used_bytes_ = used_bytes;
    committed_ = group_last_;
    group_.clear();
    erasing_count_ = 0;
    hurried_ns_.reset();
    erase_done_ = erase_taken_;
  }
  erased_.notify_all();
  erasing_.clear();
  burying_.clear();
  if (listener_ == nullptr) { return; }
  if (is_news) { listener_->on_committed(group_last_); }
  if (is_change) { listener_->on_change(); }
}

void Journal::serve_read() {
  Wanted wanted;
  {
    const std::lock_guard lock{mutex_};
    if (state_ == State::broken || !is_readable()) { return; }
    wanted = *wanted_;
    wanted.last = std::min(wanted.last, committed_);
  }
  Found found = file_->read({wanted.first, wanted.last, wanted.newest, wanted.max_messages, wanted.max_bytes});
  Piece piece{found.first, found.last, {}, found.damaged.count() + std::exchange(lost_, 0)};
  piece.entries.reserve(found.rows.size());
  const Clock& clock = file_->clock();
  for (Row& row : found.rows) {
    if (row.seq < clock.first_seq()) { guess_time(row, clock.first_seq()); }
    piece.entries.push_back({row.seq, row.messages, clock.age_ns(row.at_ns), std::move(row.entry)});
  }
  {
    const std::lock_guard lock{mutex_};
    wanted_.reset();
    for (const auto& [first, last] : found.damaged.all()) { ended_.add(first, last); }
    counters_.damaged += piece.damaged;
  }
  if (piece.damaged > 0) {
    say_(LogEvent::journal_damaged,
         "'" + path_ + "': " + counted(piece.damaged, "message") + " can't be read and are lost");
  }
  if (listener_ != nullptr) { listener_->on_read(std::move(piece)); }
}

void Journal::serve_room() {
  Room room;
  {
    const std::lock_guard lock{mutex_};
    if (!room_) { return; }
    room = *room_;
    room.last = std::min(room.last, committed_);
  }
  file_->begin();
  Stock stock;
  Dropped dropped;
  if (!room.thin) {
    stock = file_->drop_oldest(room.first, room.last, room_bytes);
    if (stock.rows > 0) { dropped.first = room.first, dropped.last = stock.last; }
  } else {
    // The oldest half is walked through once, before it begins anew with what is the oldest half then.
    if (thin_from_ < room.first || thin_from_ > thin_to_) {
      thin_from_ = room.first;
      thin_to_ = file_->middle(room.first, room.last);
    }
    stock = file_->thin(thin_from_, thin_to_, room_bytes, thin_from_);
    ++thin_from_;
  }
  file_->commit();
  dropped.messages = stock.messages;
  dropped.bytes = stock.bytes;
  const int64_t used_bytes = file_->used_bytes();
  {
    const std::lock_guard lock{mutex_};
    room_.reset();
    used_bytes_ = used_bytes;
    counters_.damaged += stock.damaged;
  }
  if (listener_ != nullptr) { listener_->on_room_made(dropped); }
}

}  // namespace culvert::journal
