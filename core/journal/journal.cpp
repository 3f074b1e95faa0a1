// SPDX-License-Identifier: MIT
#include "core/journal/journal.hpp"

#include "core/lib/sqlite/error.hpp"
#include "core/util/clock.hpp"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace culvert::journal {
Journal::Journal(Folder& folder, const std::string& name, FileOptions options, Say say)
    : folder_{folder}, path_{folder.path_of(name)}, options_{std::move(options)}, say_{std::move(say)} {
  options_.max_bytes = folder_.limit(options_.max_bytes);
  Opened opened = open();
  if (!opened.said.empty()) {
    say_(LogEvent::journal_set_aside, opened.said);
    ++counters_.set_aside;
  }
  file_ = std::move(opened.file);
  contents_.id = file_->id();
  clock_ = file_->clock();
  last_seq_ = committed_ = file_->next_seq() - 1;
  counters_.damaged = opened.damaged;
  used_bytes_ = file_->used_bytes();
  // The numbers of this opening are set apart before the first of them is used.
  work(false);
  if (!file_) { throw std::runtime_error{"journal '" + path_ + "': cannot be written"}; }
  const Stock stock = file_->count();
  contents_ = {contents_.id, last_seq_ + 1, stock.first, stock.last, stock.messages, stock.bytes};
  counters_.dead = file_->dead();
}

Opened Journal::open() {
  try {
    return open_journal(folder_, path_, options_);
  } catch (const std::system_error& error) {
    if (sqlite::trouble(error) != sqlite::Trouble::full) {
      throw std::runtime_error{"journal '" + path_ + "': " + error.what()};
    }
  }
  // A box must start with a full disk too: that is what the ballast is for.
  folder_.drop_ballast();
  try {
    return open_journal(folder_, path_, options_);
  } catch (const std::system_error& error) {
    throw std::runtime_error{"journal '" + path_ + "': " + error.what() + ": make room on the disk"};
  }
}

void Journal::start(Listener& listener) {
  listener_ = &listener;
  thread_ = std::thread{[this] { run(); }};
  // The kernel keeps 15 bytes.
  pthread_setname_np(thread_.native_handle(), "journal");
}

uint64_t Journal::close() {
  {
    const std::lock_guard lock{mutex_};
    stop_ = true;
  }
  doorbell_.ring();
  if (thread_.joinable()) { thread_.join(); }
  errand_.close();
  file_.reset();
  uint64_t left = 0;
  for (const Pending& pending : group_) { left += pending.messages; }
  for (const Pending& pending : pending_) { left += pending.ended ? 0 : pending.messages; }
  return left;
}

bool Journal::has_room(std::size_t bytes) const {
  const std::lock_guard lock{mutex_};
  return state_ == State::sound && last_seq_ + 1 < reserved_ && folder_.has_ballast() &&
         used_bytes_ + static_cast<int64_t>(pending_cost_ + cost_of(bytes)) + margin_bytes <= options_.max_bytes;
}

bool Journal::is_tight() const {
  const std::lock_guard lock{mutex_};
  const int64_t room = options_.max_bytes - margin_bytes - used_bytes_ - static_cast<int64_t>(pending_cost_);
  return room < options_.max_bytes / 8;
}

void Journal::append(uint64_t seq, std::string_view entry, uint32_t messages, int64_t now_ns) {
  Pending pending{seq, now_ns, messages, false, std::string{entry}};
  bool is_news = false;
  {
    const std::lock_guard lock{mutex_};
    is_news = pending_.empty() || !keeps_up_;
    pending_.push_back(std::move(pending));
    pending_cost_ += cost_of(entry.size());
    last_seq_ = seq;
  }
  if (is_news) { doorbell_.ring(); }
}

std::deque<Journal::Pending>::iterator Journal::pending_from(uint64_t seq) {
  return std::lower_bound(pending_.begin(), pending_.end(), seq,
                          [](const Pending& pending, uint64_t wanted) { return pending.seq < wanted; });
}

void Journal::settle(uint64_t first, uint64_t last, int64_t waited_ns) {
  bool is_news = false;
  {
    const std::lock_guard lock{mutex_};
    if (waited_ns < grace_ns) {
      keeps_up_ = true;
      in_time_ns_ = monotonic_ns();
    }
    const uint64_t unwritten = pending_.empty() ? UINT64_MAX : pending_.front().seq;
    if (first < unwritten) {
      is_news = ended_.empty();
      if (is_news) { ended_since_ns_ = monotonic_ns(); }
      ended_.add(first, std::min(last, unwritten - 1));
      is_news = is_news || ended_.count() >= erase_rows;
    }
    for (auto at = pending_from(first); at != pending_.end() && at->seq <= last; ++at) { spare(*at); }
    forget_ended_front();
  }
  if (is_news) { doorbell_.ring(); }
}

bool Journal::may_end(uint64_t entries) {
  {
    const std::lock_guard lock{mutex_};
    // A file that can't be written now erases nothing, and holds up nobody.
    if (state_ != State::sound || ended_.count() + erasing_count_ + entries <= most_again) { return true; }
    const int64_t now_ns = monotonic_ns();
    if (hurried_ns_) { return now_ns - *hurried_ns_ >= erase_ns; }
    hurried_ns_ = now_ns;
  }
  doorbell_.ring();
  return false;
}

void Journal::spare(Pending& pending) {
  if (pending.ended) { return; }
  pending.ended = true;
  pending_cost_ -= cost_of(pending.entry.size());
  counters_.spared += pending.messages;
  pending.entry = {};
}

void Journal::forget_ended_front() {
  while (!pending_.empty() && pending_.front().ended) { pending_.pop_front(); }
}

void Journal::reject(uint64_t seq, std::string_view reason) {
  {
    const std::lock_guard lock{mutex_};
    Burial burial{seq, {}, std::string{reason}};
    const auto pending = pending_from(seq);
    if (pending != pending_.end() && pending->seq == seq && !pending->ended) {
      burial.entry = pending->entry;
      spare(*pending);
      forget_ended_front();
    }
    burials_.push_back(std::move(burial));
    trim(burials_);
  }
  doorbell_.ring();
}

// On disk the oldest would go as well. What is a row has ended all the same.
void Journal::trim(std::deque<Burial>& burials) {
  while (burials.size() > File::max_dead) {
    const uint64_t seq = burials.front().seq;
    if (burials.front().entry.empty()) { ended_.add(seq, seq); }
    burials.pop_front();
    ++counters_.dead_gone;
  }
}

void Journal::read(const Wanted& wanted) {
  {
    const std::lock_guard lock{mutex_};
    wanted_ = wanted;
  }
  doorbell_.ring();
}

void Journal::make_room(uint64_t first, uint64_t last, bool thin) {
  {
    const std::lock_guard lock{mutex_};
    room_ = Room{first, last, thin};
  }
  doorbell_.ring();
}

bool Journal::is_open() const {
  const std::lock_guard lock{mutex_};
  return !stop_;
}

Counters Journal::counters() const {
  const std::lock_guard lock{mutex_};
  return counters_;
}

}  // namespace culvert::journal
