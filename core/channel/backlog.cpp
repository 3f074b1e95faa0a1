// SPDX-License-Identifier: MIT
#include "core/channel/backlog.hpp"

#include <algorithm>
#include <utility>

namespace culvert {

Backlog::Backlog(std::unique_ptr<Store> store, bool newest_first)
    : store_{std::move(store)}, found_{store_->contents()}, newest_first_{newest_first} {
  if (found_.messages == 0) { return; }
  waiting_.add(found_.first, found_.last);
  messages_ = found_.messages;
  bytes_ = found_.bytes;
}

void Backlog::append(uint64_t seq, const std::string& entry, uint32_t messages, Parcels::Id parcel, bool waits,
                     int64_t now_ns) {
  store_->append(seq, entry, messages, now_ns);
  unwritten_.push_back({seq, parcel, waits ? entry.size() : 0, false});
  if (!waits) { return; }
  ++waiting_unwritten_;
  waiting_unwritten_bytes_ += entry.size();
  waiting_.add(seq, seq);
  messages_ += messages;
  bytes_ += entry.size();
}

Backlog::Unwritten Backlog::end(uint64_t seq) {
  const auto found = std::lower_bound(unwritten_.begin(), unwritten_.end(), seq,
                                      [](const Unwritten& one, uint64_t wanted) { return one.seq < wanted; });
  if (found == unwritten_.end() || found->seq != seq || found->ended) { return {}; }
  found->ended = true;
  const Unwritten ended = *found;
  while (!unwritten_.empty() && unwritten_.front().ended) { unwritten_.pop_front(); }
  return ended;
}

bool Backlog::take_written(uint64_t seq, Unwritten& ret_unwritten) {
  while (!unwritten_.empty() && unwritten_.front().seq <= seq) {
    ret_unwritten = unwritten_.front();
    unwritten_.pop_front();
    if (ret_unwritten.ended) { continue; }
    if (ret_unwritten.bytes > 0) {
      --waiting_unwritten_;
      waiting_unwritten_bytes_ -= ret_unwritten.bytes;
    }
    return true;
  }
  return false;
}

std::vector<Backlog::Unwritten> Backlog::release() {
  std::vector<Unwritten> released;
  for (const Unwritten& one : unwritten_) {
    if (!one.ended) { released.push_back(one); }
  }
  unwritten_.clear();
  waiting_unwritten_ = waiting_unwritten_bytes_ = 0;
  return released;
}

void Backlog::load(std::size_t max_messages, std::size_t max_bytes) {
  if (is_asked_ || waiting_.empty() || !ahead_.empty()) { return; }
  is_asked_ = true;
  const auto [first, last] = newest_first_ ? *waiting_.all().rbegin() : *waiting_.all().begin();
  store_->read({first, last, newest_first_, max_messages, max_bytes});
}

bool Backlog::take_loaded(Store::Piece piece, int64_t now_ns) {
  is_asked_ = false;
  if (std::exchange(is_void_, false)) { return false; }
  if (piece.first <= piece.last) { waiting_.remove(piece.first, piece.last); }
  for (Store::Kept& kept : piece.entries) {
    bytes_ahead_ += kept.entry.size();
    ahead_.push_back(std::move(kept));
  }
  ahead_since_ns_ = now_ns;
  // What was damaged is not among them.
  if (empty()) { messages_ = bytes_ = 0; }
  return true;
}

Store::Kept Backlog::take_next(int64_t now_ns) {
  Store::Kept next = std::move(ahead_.front());
  ahead_.pop_front();
  next.age_ns += now_ns - ahead_since_ns_;
  bytes_ahead_ -= next.entry.size();
  subtract(next.messages, next.entry.size());
  if (empty()) { messages_ = bytes_ = 0; }
  return next;
}

void Backlog::make_room(bool thin) {
  if (is_asked_ || waiting_.empty()) { return; }
  is_asked_ = true;
  // Of what is in memory too, nothing is dropped: it is before, or between, what waits.
  const auto [first, last] = *waiting_.all().begin();
  store_->make_room(first, last, thin);
}

bool Backlog::take_dropped(const Store::Dropped& dropped) {
  is_asked_ = false;
  if (std::exchange(is_void_, false)) { return false; }
  if (dropped.first <= dropped.last) { waiting_.remove(dropped.first, dropped.last); }
  subtract(dropped.messages, dropped.bytes);
  if (empty()) { messages_ = bytes_ = 0; }
  return true;
}

std::vector<Backlog::Unwritten> Backlog::drop() {
  for (const auto& [first, last] : waiting_.all()) { store_->settle(first, last, INT64_MAX); }
  for (const Store::Kept& kept : ahead_) { store_->settle(kept.seq, kept.seq, INT64_MAX); }
  std::vector<Unwritten> dropped;
  for (Unwritten& one : unwritten_) {
    if (one.ended || one.bytes == 0) { continue; }
    one.ended = true;
    dropped.push_back(one);
  }
  while (!unwritten_.empty() && unwritten_.front().ended) { unwritten_.pop_front(); }
  waiting_.clear();
  ahead_.clear();
  bytes_ahead_ = 0;
  waiting_unwritten_ = waiting_unwritten_bytes_ = 0;
  messages_ = bytes_ = 0;
  is_void_ = is_asked_;
  return dropped;
}

void Backlog::subtract(uint64_t messages, uint64_t bytes) noexcept {
  messages_ -= std::min(messages_, messages);
  bytes_ -= std::min(bytes_, bytes);
}

}  // namespace culvert
