// SPDX-License-Identifier: MIT
// How the thread of a journal gets over what a disk can do to it.
#include "core/journal/journal.hpp"
#include "core/lib/sqlite/error.hpp"
#include "core/util/clock.hpp"

#include <algorithm>
#include <utility>

namespace culvert::journal {
namespace {

constexpr int64_t retry_after_ns = one_second_ns;
constexpr int64_t longest_back_off_ns = 30 * one_second_ns;

}  // namespace

// With the ballast's room what has ended is erased, and what was accepted is written. It must be there again before
// more is accepted.
void Journal::heal(bool is_last) {
  take_group(is_last);
  erase_in_pieces();
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
    say_(LogEvent::journal_room_again, "'" + path_ + "': there is room on the disk again");
  }
  if (listener_ != nullptr) { listener_->on_change(); }
}

// The ballast is all that the log may take: what it holds is brought in before the next piece. What was done stays
// done.
void Journal::erase_in_pieces() {
  constexpr uint64_t piece = 256;
  while (!erasing_.empty()) {
    const auto [first, last] = *erasing_.all().begin();
    const uint64_t end = last - first < piece ? last : first + piece - 1;
    file_->begin();
    file_->erase(first, end);
    file_->commit();
    file_->checkpoint();
    erasing_.remove(first, end);
  }
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
    say_(LogEvent::journal_no_room,
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
  say_(LogEvent::journal_broken,
       "'" + path_ + "': " + why + ": nothing more is accepted beyond what memory holds, trying again");
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
  say_(LogEvent::journal_set_aside, opened.said);
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
