// SPDX-License-Identifier: MIT
// What the thread of a journal does: it writes groups, reads pieces, and gets over what a disk can do to it.
#include "core/journal/journal.hpp"
#include "core/lib/sqlite/error.hpp"
#include "core/util/clock.hpp"
#include "core/util/words.hpp"

#include <algorithm>
#include <utility>

namespace culvert::journal {
namespace {

constexpr int64_t retry_after_ns = one_second_ns;
constexpr int64_t longest_back_off_ns = 30 * one_second_ns;
// How much is dropped or looked at in one go, so that a transaction stays small.
constexpr int64_t room_bytes = 512 << 10;

}  // namespace

void Journal::run() noexcept {
  for (;;) {
    doorbell_.wait_until(due_ns());
    bool is_last = false;
    {
      const std::lock_guard lock{mutex_};
      is_last = stop_;
    }
    work(is_last);
    if (!is_last) { continue; }
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
  if (!ended_.empty()) { due_ns = std::min(due_ns, ended_.count() >= erase_rows ? 0 : ended_since_ns_ + erase_ns); }
  if (!burials_.empty() || is_unfinished() || must_reserve()) { due_ns = 0; }
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
    if (state_ == State::full && (is_last || monotonic_ns() >= retry_ns_)) { heal(); }
    if (state_ == State::sound && (is_last || due_ns() <= monotonic_ns())) { write(is_last); }
    if (!is_last) {
      serve_read();
      if (state_ == State::sound) { serve_room(); }
    }
  } catch (const std::system_error& error) { on_trouble(error); } catch (const std::exception& error) {
    on_broken(error.what());
  }
}

void Journal::take_group() {
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
  for (const auto& [first, last] : ended_.all()) { erasing_.add(first, last); }
  ended_.clear();
  std::move(burials_.begin(), burials_.end(), std::back_inserter(burying_));
  burials_.clear();
  trim(burying_);
}

void Journal::write(bool is_last) {
  take_group();
  uint64_t reserved = 0;
  {
    const std::lock_guard lock{mutex_};
    if (is_last) { reserved = last_seq_ + 1; }
    if (!is_last && must_reserve()) { reserved = last_seq_ + 1 + reserve_seqs; }
  }
  if (!group_.empty() || !erasing_.empty() || !burying_.empty() || reserved != 0) { write_group(reserved); }
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
  uint64_t gone = 0;
  for (const Burial& burial : burying_) {
    gone += burial.entry.empty() ? file_->bury(burial.seq, burial.reason)
                                 : file_->bury(burial.seq, burial.entry, burial.reason);
  }
  if (reserved != 0) { file_->reserve(reserved); }
  file_->commit();
  if (lasting) { lasted_ns_ = now_ns; }
  // What is in the file itself is safe from a log that is damaged.
  if (reserved != 0) { file_->checkpoint(); }
  const std::lock_guard lock{mutex_};
  ++counters_.commits;
  counters_.dead_gone += gone;
  counters_.dead = file_->dead();
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
  }
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
    say_(LogLevel::error, "'" + path_ + "': " + counted(piece.damaged, "message") + " can't be read and are lost");
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

// With the ballast's room what has ended is erased, and what was accepted is written. It must be there again before
// more is accepted.
void Journal::heal() {
  take_group();
  file_->begin();
  for (const auto& [first, last] : erasing_.all()) { file_->erase(first, last); }
  file_->commit();
  erasing_.clear();
  file_->checkpoint();
  // At its own limit that may be all that helps.
  serve_room();
  write_group(0);
  tell_written(0);
  file_->checkpoint();
  const bool is_sound = folder_.take_ballast();
  const int64_t used_bytes = file_->used_bytes();
  {
    const std::lock_guard lock{mutex_};
    used_bytes_ = used_bytes;
    if (is_sound) { state_ = State::sound; }
    retry_ns_ = monotonic_ns() + retry_after_ns;
  }
  if (is_sound && is_short_) {
    is_short_ = false;
    say_(LogLevel::info, "'" + path_ + "': there is room on the disk again");
  }
  if (listener_ != nullptr) { listener_->on_change(); }
}

void Journal::on_trouble(const std::system_error& error) {
  if (!file_) {
    // A successor could not be made. On a full disk it may need the ballast's room.
    if (sqlite::trouble(error) == sqlite::Trouble::full) { folder_.drop_ballast(); }
    return on_broken(error.what());
  }
  file_->roll_back();
  switch (sqlite::trouble(error)) {
    case sqlite::Trouble::full:
      return on_full();
    case sqlite::Trouble::damaged:
    case sqlite::Trouble::io:
      try {
        return start_anew(error.what());
      } catch (const std::exception& again) { return on_broken(again.what()); }
    case sqlite::Trouble::busy:
    case sqlite::Trouble::memory:
    case sqlite::Trouble::other:
      return on_broken(error.what());
  }
}

void Journal::on_full() {
  // At its own limit it needs no ballast, only what its reader ends.
  const bool is_limit = used_bytes_ + 2 * margin_bytes >= options_.max_bytes;
  {
    const std::lock_guard lock{mutex_};
    // At once, the first time: the ballast may be all that was missing to erase what has ended.
    const int64_t now_ns = monotonic_ns();
    const bool is_first = now_ns - std::exchange(full_ns_, now_ns) >= retry_after_ns;
    retry_ns_ = is_first ? now_ns : now_ns + retry_after_ns;
    state_ = State::full;
  }
  if (is_limit) { return; }
  folder_.drop_ballast();
  if (!std::exchange(is_short_, true)) {
    say_(LogLevel::error,
         "'" + path_ + "': the disk is full: what was accepted is kept, nothing more is until there is room");
  }
}

// It may be whole, and only out of reach: it is opened again.
void Journal::on_broken(const std::string& why) {
  back_off_ns_ = std::clamp(2 * back_off_ns_, retry_after_ns, longest_back_off_ns);
  {
    const std::lock_guard lock{mutex_};
    state_ = State::broken;
    retry_ns_ = monotonic_ns() + back_off_ns_;
  }
  if (said_broken_.count(monotonic_ns()) > 0) {
    say_(LogLevel::error,
         "'" + path_ + "': " + why + ": nothing more is accepted beyond what memory holds, trying again");
  }
}

void Journal::try_again() {
  if (!file_) { return start_anew(why_); }
  {
    const std::lock_guard lock{mutex_};
    state_ = State::sound;
  }
  if (listener_ != nullptr) { listener_->on_change(); }
}

void Journal::start_anew(const std::string& why) {
  file_.reset();
  why_ = why;
  Opened opened = journal::start_anew(folder_, path_, options_, why);
  say_(LogLevel::error, opened.said);
  lost_ += opened.damaged;
  uint64_t reserved = 0;
  {
    const std::lock_guard lock{mutex_};
    ++counters_.set_aside;
    reserved = last_seq_ + 1 + reserve_seqs;
  }
  // This process goes on under its name, whether the old file could still tell it or not. A successor that can't be
  // written is given up as well.
  opened.file->begin();
  opened.file->succeed(contents_.id, reserved, clock_);
  opened.file->commit();
  opened.file->checkpoint();
  const int64_t used_bytes = opened.file->used_bytes();
  file_ = std::move(opened.file);
  back_off_ns_ = 0;
  why_.clear();
  {
    const std::lock_guard lock{mutex_};
    counters_.dead = file_->dead();
    state_ = State::sound;
    used_bytes_ = used_bytes;
    reserved_ = reserved;
  }
  if (listener_ != nullptr) { listener_->on_change(); }
}

}  // namespace culvert::journal
