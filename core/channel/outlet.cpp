// SPDX-License-Identifier: MIT
#include "core/channel/outlet.hpp"

#include "core/channel/socket_pair.hpp"
#include "core/lib/nng/pair.hpp"
#include "core/message/json_array.hpp"
#include "core/util/clock.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace culvert {

Outlet::Outlet(const OutletLimits& limits, uint64_t run_id, Budget& budget, std::mutex& guard, Listener& listener,
               std::unique_ptr<Store> store)
    : limits_{limits}, run_id_{run_id}, budget_{budget}, guard_{guard}, listener_{listener} {
  begin_gathering();
  if (!store) { return; }
  backlog_.emplace(std::move(store), limits_.newest_first);
  next_seq_ = backlog_->found().next_seq;
  // The numbers are the store's own, unless they are given anew.
  if (!limits_.newest_first) { run_id_ = backlog_->found().id; }
  backlog_->store().start(*this);
  const std::lock_guard lock{guard_};
  load();
}

Outlet::~Outlet() {
  close();
  finish();
  budget_.give_back(bytes_ + (backlog_ ? backlog_->waiting_unwritten_bytes() + backlog_->bytes_ahead() : 0));
}

void Outlet::open(const std::string& address, uint64_t epoch) {
  close();
  auto pair = std::make_unique<nng::Pair>([this](nng::Message message) { on_message(std::move(message)); });
  pair->dial(address);
  begin(std::move(pair), epoch);
}

void Outlet::open(Descriptor socket, uint64_t epoch) {
  close();
  begin(std::make_unique<SocketPair>(std::move(socket),
                                     [this](nng::Message&& message, Descriptor&&) { on_message(std::move(message)); }),
        epoch);
}

void Outlet::begin(std::unique_ptr<nng::Path> path, uint64_t epoch) {
  std::string hello;
  const std::lock_guard lock{guard_};
  epoch_ = epoch;
  welcomed_ = false;
  messages_sent_ = bytes_sent_ = frames_sent_ = 0;
  credit_ = {};
  in_flight_ = entries_in_flight_ = 0;
  unsent_chunk_ = 0;
  drop_from_seq_ = base_seq();
  for (Chunk& chunk : chunks_) { chunk.closed = true; }
  write_hello(epoch_, {run_id_, base_seq()}, hello);
  nng::Message message{hello, {}};
  path_ = std::move(path);
  // A new one has an empty buffer: the first message always fits.
  path_->try_send(message);
}

void Outlet::close() {
  std::unique_ptr<nng::Path> path;
  {
    const std::lock_guard lock{guard_};
    path = std::move(path_);
    welcomed_ = false;
  }
  // It waits for its handler, which takes the guard.
  path.reset();
}

// Whether it may be taken in. If not, it has ended as dropped; its number is used up, so that the reader sees the gap.
bool Outlet::admit(std::size_t entry_bytes, Parcels::Id parcel, int64_t now_ns) {
  if (limits_.when_full == WhenFull::block || has_room(entry_bytes)) { return true; }
  flush(now_ns);
  if (make_room(entry_bytes)) { return true; }
  ++next_seq_;
  ++counters_.dropped_newest;
  count_end(parcel, 1, CULVERT_DROPPED);
  return false;
}

void Outlet::take_in(std::size_t bytes) {
  ++counters_.placed;
  ++unsettled_;
  bytes_ += bytes;
  budget_.take(bytes);
}

void Outlet::keep(std::string& entry, Parcels::Id parcel, uint32_t messages, int64_t now_ns) {
  const uint64_t seq = next_seq_++;
  set_entry_seq(entry, seq);
  if (!backlog_) { return hold(entry, seq, parcel, messages, now_ns, now_ns); }
  if (journal(entry, seq, parcel, messages, now_ns)) { hold(entry, seq, Parcels::none, messages, now_ns, now_ns); }
}

// In memory, to be sent in its turn.
void Outlet::hold(std::string& entry, uint64_t key, Parcels::Id parcel, uint32_t messages, int64_t at_ns,
                  int64_t now_ns) {
  const uint64_t seq = limits_.newest_first ? next_sent_++ : key;
  if (seq != key) { set_entry_seq(entry, seq); }
  slots_.push_back({seq, key, at_ns, parcel, static_cast<uint32_t>(entry.size()), messages, false});
  ++live_slots_;
  append(entry, seq, messages, now_ns);
}

void Outlet::put(std::string& entry, Parcels::Id parcel, int64_t now_ns) {
  if (!admit(entry.size(), parcel, now_ns)) { return; }
  take_in(entry.size());
  if (gathering_) {
    gathering_->close_topic(entry_topic(entry), closed_);
    keep_closed(now_ns);
  }
  keep(entry, parcel, 1, now_ns);
  send(now_ns);
}

void Outlet::gather(const std::string& entry, Parcels::Id parcel, int64_t now_ns) {
  if (!gathering_) {
    // The route had batches when it was made.
    std::string alone{entry};
    return put(alone, parcel, now_ns);
  }
  if (!admit(entry.size(), parcel, now_ns)) { return; }
  take_in(gathering_->add(entry, parcel, now_ns, closed_));
  if (keep_closed(now_ns)) { send(now_ns); }
  announce_due();
}

// Whether there was any.
bool Outlet::keep_closed(int64_t now_ns) {
  if (closed_.empty()) { return false; }
  for (Batch& batch : closed_) {
    keep(batch.entry, listener_.on_batch(std::move(batch.parcels)), batch.messages, now_ns);
  }
  closed_.clear();
  return true;
}

void Outlet::flush(int64_t now_ns) {
  if (limits_.ttl_ns > 0) {
    expire(first_unsent_seq(), end_seq(), now_ns);
    purge_unsent();
    forget_ended();
  }
  if (!gathering_) { return; }
  gathering_->close_all(closed_);
  if (keep_closed(now_ns)) { send(now_ns); }
}

void Outlet::hurry(int64_t now_ns) {
  hurried_ = true;
  if (gathering_) { gathering_->hurry(); }
  flush(now_ns);
  send(now_ns);
}

int64_t Outlet::send_due(int64_t now_ns) {
  if (gathering_) { gathering_->close_due(now_ns, closed_); }
  if (keep_closed(now_ns) || now_ns >= due_ns_) { send(now_ns); }
  promised_ns_ = due_ns();
  return promised_ns_;
}

void Outlet::announce_due() {
  if (due_ns() >= promised_ns_) { return; }
  promised_ns_ = due_ns();
  listener_.on_due();
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
  if (!credit || welcomed_ || !path_) {
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
  tell_store();
  load();
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
    end(*slot, range.status, range.reason);
  }
  return some;
}

void Outlet::end(Slot& slot, culvert_status status, std::string_view reason) {
  if (slot.ended) { return; }
  slot.ended = true;
  --live_slots_;
  unsettled_ -= slot.messages;
  bytes_ -= slot.bytes;
  budget_.give_back(slot.bytes);
  if (slot.seq < first_unsent_seq()) {
    in_flight_ -= std::min<std::size_t>(in_flight_, slot.messages);
    entries_in_flight_ -= std::min<std::size_t>(entries_in_flight_, 1);
  }
  if (backlog_) { end_in_store(slot, status, reason); }
  count_end(slot.parcel, slot.messages, status);
}

void Outlet::count_end(Parcels::Id parcel, uint32_t messages, culvert_status status) {
  if (status == CULVERT_OK) {
    counters_.delivered += messages;
  } else if (status == CULVERT_DROPPED) {
    counters_.dropped += messages;
  } else {
    counters_.rejected += messages;
  }
  if (parcel != Parcels::none) { listener_.on_ended(parcel, status); }
}

void Outlet::forget_ended() {
  while (!slots_.empty() && slots_.front().ended) { slots_.pop_front(); }
  while (unsent_chunk_ > 0 && chunks_.front().end_seq <= base_seq()) {
    chunks_.pop_front();
    --unsent_chunk_;
  }
  // One message that its reader holds for long must not keep all that ended behind it.
  constexpr std::size_t few = 64;
  if (slots_.size() > few && slots_.size() > 2 * live_slots_) { compact(); }
}

}  // namespace culvert
