// SPDX-License-Identifier: MIT
// How an outlet puts its entries into frames, and when these leave.
#include "core/channel/outlet.hpp"
#include "core/util/clock.hpp"

#include <algorithm>
#include <exception>
#include <iterator>

namespace culvert {
namespace {

constexpr int64_t no_memory_retry_ns = 50 * one_ms_ns;
// A store that takes its time tells when it is done, or is not waited for any more some time later.
constexpr int64_t store_retry_ns = 50 * one_ms_ns;

// A dropping outlet keeps half of its queue back, so that there is something old left to drop.
std::size_t flight_limit(const OutletLimits& limits) {
  if (limits.when_full != WhenFull::drop_oldest && limits.when_full != WhenFull::thin) { return SIZE_MAX; }
  return std::max<std::size_t>(1, limits.max_messages / 2);
}

}  // namespace

void Outlet::append(const std::string& entry, uint64_t seq, uint32_t messages, int64_t now_ns) {
  const std::size_t quarter = std::max<std::size_t>(limits_.max_messages / 4, 1);
  const bool fits = chunks_.size() > unsent_chunk_ && !chunks_.back().closed &&
                    messages_header_size + chunks_.back().entries.size() + entry.size() <= max_frame_bytes;
  if (!fits) {
    if (chunks_.size() > unsent_chunk_) { chunks_.back().closed = true; }
    chunks_.push_back({seq, seq, 0, 0, false, now_ns, {}});
  }
  Chunk& chunk = chunks_.back();
  chunk.entries += entry;
  chunk.end_seq = seq + 1;
  ++chunk.count;
  chunk.messages += messages;
  if (chunk.count == max_frame_messages || chunk.messages >= quarter) { chunk.closed = true; }
}

void Outlet::send(int64_t now_ns) {
  due_ns_ = INT64_MAX;
  try {
    while (welcomed_ && unsent_chunk_ < chunks_.size()) {
      Chunk& chunk = chunks_[unsent_chunk_];
      if (!may_send(chunk, now_ns) || !send_chunk(chunk, now_ns)) { return; }
    }
  } catch (const std::exception&) {
    // There is no memory for a frame. What is placed stays, and is sent once there is some.
    due_ns_ = now_ns + no_memory_retry_ns;
    announce_due();
  }
}

bool Outlet::may_send(const Chunk& chunk, int64_t now_ns) {
  if (is_paused_) { return false; }
  if (frames_sent_ >= credit_.frames || messages_sent_ + chunk.count > credit_.messages ||
      bytes_sent_ + chunk.entries.size() > credit_.bytes) {
    return false;
  }
  if (in_flight_ > 0 && in_flight_ + chunk.messages > flight_limit(limits_)) { return false; }
  // All that is sent may have ended when the process does, and be sent again by the next one.
  if (backlog_ && !backlog_->store().may_end(entries_in_flight_ + chunk.count)) {
    due_ns_ = now_ns + store_retry_ns;
    announce_due();
    return false;
  }
  if (chunk.closed) { return true; }
  // While a frame is on its way the next one fills.
  if (!is_idle()) { return false; }
  if (limits_.linger_ns == 0 || hurried_ || now_ns >= chunk.started_ns + limits_.linger_ns) { return true; }
  due_ns_ = chunk.started_ns + limits_.linger_ns;
  announce_due();
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

Outlet::Live Outlet::count_live(const Chunk& chunk) noexcept {
  Live live;
  for (auto slot = slot_from(chunk.first_seq); slot != slots_.end() && slot->seq < chunk.end_seq; ++slot) {
    live.entries += slot->ended ? 0 : 1;
    live.messages += slot->ended ? 0 : slot->messages;
  }
  return live;
}

std::string_view Outlet::live_entries(const Chunk& chunk, uint32_t live) {
  if (live == chunk.count) { return chunk.entries; }
  scratch_.clear();
  std::string_view rest{chunk.entries};
  while (!rest.empty()) {
    const std::string_view entry = rest.substr(0, entry_length(rest));
    rest.remove_prefix(entry.size());
    if (is_live(entry_seq(entry))) { scratch_ += entry; }
  }
  return scratch_;
}

bool Outlet::send_chunk(Chunk& chunk, int64_t now_ns) {
  chunk.closed = true;
  if (limits_.ttl_ns > 0) { expire(chunk.first_seq, chunk.end_seq, now_ns); }
  const Live live = count_live(chunk);
  if (live.entries > 0) {
    const std::string_view entries = live_entries(chunk, live.entries);
    std::string header;
    write_messages_header(epoch_, live.entries, header);
    nng::Message message{header, entries};
    if (!path_ || !path_->try_send(message)) { return false; }
    messages_sent_ += live.entries;
    bytes_sent_ += entries.size();
    ++frames_sent_;
    in_flight_ += live.messages;
    entries_in_flight_ += live.entries;
  }
  ++unsent_chunk_;
  return true;
}

void Outlet::compact() {
  std::erase_if(slots_, [](const Slot& slot) { return slot.ended; });
  std::deque<Chunk> sent;
  for (; unsent_chunk_ > 0; --unsent_chunk_) {
    if (count_live(chunks_.front()).entries > 0) { sent.push_back(std::move(chunks_.front())); }
    chunks_.pop_front();
  }
  unsent_chunk_ = sent.size();
  chunks_.insert(chunks_.begin(), std::make_move_iterator(sent.begin()), std::make_move_iterator(sent.end()));
}

}  // namespace culvert
