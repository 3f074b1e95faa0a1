// SPDX-License-Identifier: MIT
#include "core/channel/outlet.hpp"

#include "core/util/clock.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace culvert {
namespace {

// A dropping outlet keeps half of its queue back, so that there is something old left to drop.
std::size_t flight_limit(const OutletLimits& limits) {
  if (limits.when_full != WhenFull::drop_oldest) { return SIZE_MAX; }
  return std::max<std::size_t>(1, limits.max_messages / 2);
}

}  // namespace

Outlet::Outlet(const OutletLimits& limits, uint64_t run_id, Budget& budget, std::mutex& guard, Listener& listener)
    : limits_{limits}, run_id_{run_id}, budget_{budget}, guard_{guard}, listener_{listener} {}

Outlet::~Outlet() {
  close();
  budget_.give_back(bytes_);
}

void Outlet::open(const std::string& address, uint64_t epoch) {
  close();
  auto pair = std::make_unique<nng::Pair>([this](nng::Message message) { on_message(std::move(message)); });
  std::string hello;
  {
    const std::lock_guard lock{guard_};
    epoch_ = epoch;
    welcomed_ = false;
    messages_sent_ = bytes_sent_ = frames_sent_ = 0;
    credit_ = {};
    in_flight_ = 0;
    unsent_chunk_ = 0;
    drop_from_seq_ = base_seq();
    for (Chunk& chunk : chunks_) { chunk.closed = true; }
    write_hello(epoch_, {run_id_, base_seq()}, hello);
  }
  pair->dial(address);
  nng::Message message{hello, {}};
  const std::lock_guard lock{guard_};
  pair_ = std::move(pair);
  // A new pair has an empty buffer: the first message always fits.
  pair_->try_send(message);
}

void Outlet::close() {
  std::unique_ptr<nng::Pair> pair;
  {
    const std::lock_guard lock{guard_};
    pair = std::move(pair_);
    welcomed_ = false;
  }
  // The pair waits for its handler, which takes the guard.
  pair.reset();
}

bool Outlet::has_room(std::size_t entry_bytes) const noexcept {
  if (unsettled_ == 0) { return true; }
  return unsettled_ < limits_.max_messages && bytes_ + entry_bytes <= limits_.max_bytes && budget_.has(entry_bytes);
}

bool Outlet::make_room(std::size_t entry_bytes) {
  if (limits_.when_full != WhenFull::drop_oldest) { return false; }
  drop_from_seq_ = std::max(drop_from_seq_, first_unsent_seq());
  for (auto slot = slot_from(drop_from_seq_); slot != slots_.end() && !has_room(entry_bytes); ++slot) {
    drop_from_seq_ = slot->seq + 1;
    end(*slot, CULVERT_DROPPED);
  }
  while (unsent_chunk_ < chunks_.size() &&
         chunks_[unsent_chunk_].first_seq + chunks_[unsent_chunk_].count <= drop_from_seq_) {
    chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(unsent_chunk_));
  }
  forget_ended();
  return has_room(entry_bytes);
}

void Outlet::put(std::string& entry, Parcels::Id parcel, int64_t now_ns) {
  const uint64_t seq = next_seq_++;
  if (limits_.when_full != WhenFull::block && !has_room(entry.size()) && !make_room(entry.size())) {
    // The number is used up all the same: the reader sees the gap.
    count_end(parcel, CULVERT_DROPPED);
    return;
  }
  set_entry_seq(entry, seq);
  slots_.push_back({seq, parcel, static_cast<uint32_t>(entry.size()), false});
  ++counters_.placed;
  ++unsettled_;
  bytes_ += entry.size();
  budget_.take(entry.size());
  append(entry, seq, now_ns);
  send(now_ns);
}

void Outlet::append(const std::string& entry, uint64_t seq, int64_t now_ns) {
  const std::size_t most = std::clamp<std::size_t>(limits_.max_messages / 4, 1, max_frame_messages);
  const bool fits = chunks_.size() > unsent_chunk_ && !chunks_.back().closed && chunks_.back().count < most &&
                    chunks_.back().first_seq + chunks_.back().count == seq &&
                    messages_header_size + chunks_.back().entries.size() + entry.size() <= max_frame_bytes;
  if (!fits) {
    if (chunks_.size() > unsent_chunk_) { chunks_.back().closed = true; }
    chunks_.push_back({seq, 0, false, now_ns, {}});
  }
  Chunk& chunk = chunks_.back();
  chunk.entries += entry;
  ++chunk.count;
  if (chunk.count == most) { chunk.closed = true; }
}

void Outlet::send_due(int64_t now_ns) {
  if (now_ns >= due_ns_) { send(now_ns); }
}

void Outlet::send(int64_t now_ns) {
  due_ns_ = INT64_MAX;
  while (welcomed_ && unsent_chunk_ < chunks_.size()) {
    Chunk& chunk = chunks_[unsent_chunk_];
    if (!may_send(chunk, now_ns) || !send_chunk(chunk)) { return; }
  }
}

bool Outlet::may_send(const Chunk& chunk, int64_t now_ns) {
  if (frames_sent_ >= credit_.frames || messages_sent_ + chunk.count > credit_.messages ||
      bytes_sent_ + chunk.entries.size() > credit_.bytes) {
    return false;
  }
  if (in_flight_ > 0 && in_flight_ + chunk.count > flight_limit(limits_)) { return false; }
  if (chunk.closed) { return true; }
  // While a frame is on its way the next one fills.
  if (!is_idle()) { return false; }
  if (limits_.linger_ns == 0) { return true; }
  const int64_t due_ns = chunk.started_ns + limits_.linger_ns;
  if (now_ns >= due_ns) { return true; }
  due_ns_ = due_ns;
  if (std::exchange(told_due_ns_, due_ns) != due_ns) { listener_.on_linger(); }
  return false;
}

std::deque<Outlet::Slot>::iterator Outlet::slot_from(uint64_t seq) noexcept {
  return std::lower_bound(slots_.begin(), slots_.end(), seq,
                          [](const Slot& slot, uint64_t wanted) { return slot.seq < wanted; });
}

bool Outlet::is_live(uint64_t seq) noexcept {
  const auto slot = slot_from(seq);
  return slot != slots_.end() && slot->seq == seq && !slot->ended;
}

uint32_t Outlet::count_live(const Chunk& chunk) noexcept {
  uint32_t count = 0;
  for (auto slot = slot_from(chunk.first_seq); slot != slots_.end() && slot->seq < chunk.first_seq + chunk.count;
       ++slot) {
    count += slot->ended ? 0 : 1;
  }
  return count;
}

std::string_view Outlet::live_entries(const Chunk& chunk, uint32_t& ret_count) {
  ret_count = count_live(chunk);
  if (ret_count == chunk.count) { return chunk.entries; }
  scratch_.clear();
  std::string_view rest{chunk.entries};
  while (!rest.empty()) {
    const std::string_view entry = rest.substr(0, entry_length(rest));
    rest.remove_prefix(entry.size());
    if (is_live(entry_seq(entry))) { scratch_ += entry; }
  }
  return scratch_;
}

bool Outlet::send_chunk(Chunk& chunk) {
  chunk.closed = true;
  uint32_t count = 0;
  const std::string_view entries = live_entries(chunk, count);
  if (count > 0) {
    std::string header;
    write_messages_header(epoch_, count, header);
    nng::Message message{header, entries};
    if (!pair_ || !pair_->try_send(message)) { return false; }
    messages_sent_ += count;
    bytes_sent_ += entries.size();
    ++frames_sent_;
    in_flight_ += count;
  }
  ++unsent_chunk_;
  return true;
}

void Outlet::on_message(nng::Message message) {
  const std::lock_guard lock{guard_};
  const auto header = read_header(message.bytes());
  if (!header) {
    ++counters_.damaged_frames;
  } else if (header->epoch != epoch_ || (header->kind == FrameKind::settled && !welcomed_)) {
    ++counters_.stale_frames;
  } else if (header->kind == FrameKind::welcome) {
    take_welcome(message.bytes());
  } else {
    take_settled(message.bytes());
  }
}

void Outlet::take_welcome(std::string_view frame) {
  const auto credit = read_welcome(frame);
  if (!credit || welcomed_ || !pair_) {
    ++(credit ? counters_.stale_frames : counters_.damaged_frames);
    return;
  }
  welcomed_ = true;
  frames_window_ = credit->frames;
  on_answer(*credit);
}

void Outlet::take_settled(std::string_view frame) {
  Settled settled;
  if (!read_settled(frame, settled)) {
    ++counters_.damaged_frames;
    return;
  }
  for (const SettledRange& range : settled.ranges) {
    if (!end_range(range)) { ++counters_.stray_ranges; }
  }
  forget_ended();
  on_answer(settled.credit);
}

void Outlet::on_answer(const Credit& credit) {
  // Limits only rise, each by itself.
  credit_.messages = std::max(credit_.messages, credit.messages);
  credit_.bytes = std::max(credit_.bytes, credit.bytes);
  credit_.frames = std::max(credit_.frames, credit.frames);
  send(monotonic_ns());
  listener_.on_progress();
}

bool Outlet::end_range(const SettledRange& range) {
  bool some = false;
  // What was not sent in this epoch can't have ended in it.
  const uint64_t unsent = first_unsent_seq();
  for (auto slot = slot_from(range.first); slot != slots_.end() && slot->seq <= range.last && slot->seq < unsent;
       ++slot) {
    some = some || !slot->ended;
    end(*slot, range.status);
  }
  return some;
}

void Outlet::end(Slot& slot, culvert_status status) {
  if (slot.ended) { return; }
  slot.ended = true;
  --unsettled_;
  bytes_ -= slot.bytes;
  budget_.give_back(slot.bytes);
  if (slot.seq < first_unsent_seq() && in_flight_ > 0) { --in_flight_; }
  count_end(slot.parcel, status);
}

void Outlet::count_end(Parcels::Id parcel, culvert_status status) {
  if (status == CULVERT_OK) {
    ++counters_.delivered;
  } else if (status == CULVERT_DROPPED) {
    ++counters_.dropped;
  } else {
    ++counters_.rejected;
  }
  if (parcel != Parcels::none) { listener_.on_ended(parcel, status); }
}

void Outlet::forget_ended() {
  while (!slots_.empty() && slots_.front().ended) { slots_.pop_front(); }
  while (unsent_chunk_ > 0 && chunks_.front().first_seq + chunks_.front().count <= base_seq()) {
    chunks_.pop_front();
    --unsent_chunk_;
  }
  // One message that its reader holds for long must not keep all that ended behind it.
  constexpr std::size_t few = 64;
  if (slots_.size() > few && slots_.size() > 2 * unsettled_) { compact(); }
}

void Outlet::compact() {
  std::erase_if(slots_, [](const Slot& slot) { return slot.ended; });
  std::deque<Chunk> sent;
  for (; unsent_chunk_ > 0; --unsent_chunk_) {
    if (count_live(chunks_.front()) > 0) { sent.push_back(std::move(chunks_.front())); }
    chunks_.pop_front();
  }
  unsent_chunk_ = sent.size();
  chunks_.insert(chunks_.begin(), std::make_move_iterator(sent.begin()), std::make_move_iterator(sent.end()));
}

}  // namespace culvert
