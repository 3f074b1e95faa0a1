// SPDX-License-Identifier: MIT
#include "core/channel/inbox.hpp"

#include "core/channel/socket_pair.hpp"
#include "core/lib/nng/pair.hpp"

#include <algorithm>
#include <utility>

namespace culvert {

Inbox::~Inbox() { close(); }

void Inbox::open(const std::string& address, uint64_t epoch) {
  begin(epoch);
  auto pair = std::make_unique<nng::Pair>([this](nng::Message frame) { queue(std::move(frame)); });
  pair->listen(address);
  path_ = std::move(pair);
}

void Inbox::open(Descriptor socket, uint64_t epoch) {
  begin(epoch);
  auto pair = std::make_unique<SocketPair>(
      std::move(socket), [this](nng::Message&& frame, Descriptor&&) { queue(std::move(frame)); },
      [this] { doorbell_.ring(); });
  socket_ = pair.get();
  path_ = std::move(pair);
}

void Inbox::begin(uint64_t epoch) {
  forget();
  epoch_ = epoch;
  // So `queue` needs no memory.
  for (auto* frames : {&arrivals_, &taken_}) { frames->reserve(window_frames + 1); }
}

void Inbox::forget() {
  close();
  welcomed_ = false;
  base_ += items_.size();
  cursor_ = base_;
  frame_base_ += static_cast<uint32_t>(frames_.size());
  items_.clear();
  frames_.clear();
  unsettled_ = 0;
  bytes_ = frames_came_ = 0;
  is_spoiled_ = false;
  told_ = {{window_messages, window_bytes, window_frames}, {}};
  changed_ = false;
}

void Inbox::close() {
  path_.reset();
  socket_ = nullptr;
  const std::lock_guard lock{arrivals_mutex_};
  arrivals_.clear();
  arrival_bytes_ = 0;
}

void Inbox::end_input() noexcept {
  if (socket_ != nullptr) { socket_->end_input(); }
}

bool Inbox::has_all() const noexcept { return socket_ == nullptr || socket_->has_ended(); }

// What comes beyond all credit is no outlet's, and is not kept.
void Inbox::queue(nng::Message&& frame) noexcept {
  {
    const std::lock_guard lock{arrivals_mutex_};
    const std::size_t bytes = frame.bytes().size();
    if (arrivals_.size() > window_frames || arrival_bytes_ + bytes > window_bytes + 2 * max_entry_bytes) {
      ++flooded_;
      return;
    }
    arrivals_.push_back(std::move(frame));
    arrival_bytes_ += bytes;
  }
  doorbell_.ring();
}

void Inbox::take_arrivals() {
  uint64_t flooded = 0;
  {
    const std::lock_guard lock{arrivals_mutex_};
    taken_.swap(arrivals_);
    arrival_bytes_ = 0;
    flooded = std::exchange(flooded_, 0);
  }
  for (nng::Message& frame : taken_) { take_frame(std::move(frame)); }
  taken_.clear();
  counters_.damaged_frames += flooded;
  if (flooded > 0) { spoil(); }
}

// Of what is in this process nothing worse than a mistake is to be expected; another may send for ever. The end of its
// path tells who watches it.
void Inbox::spoil() noexcept {
  if (socket_ == nullptr) { return; }
  is_spoiled_ = true;
  socket_->end_input();
}

void Inbox::take_frame(nng::Message frame) {
  const auto header = read_header(frame.bytes());
  if (!header || is_spoiled_) {
    ++counters_.damaged_frames;
  } else if (header->epoch != epoch_ || (header->kind != FrameKind::hello && !welcomed_)) {
    ++counters_.stale_frames;
  } else if (header->kind == FrameKind::hello) {
    take_hello(frame.bytes());
  } else {
    take_messages_of_credit(std::move(frame));
  }
}

void Inbox::take_hello(std::string_view frame) {
  const auto hello = read_hello(frame);
  if (!hello || welcomed_) {
    ++counters_.damaged_frames;
    return;
  }
  run_id_ = hello->run_id;
  expected_seq_ = hello->first_seq;
  welcomed_ = true;
  std::string welcome;
  write_welcome(epoch_, told_.credit, welcome);
  send(welcome);
}

// All that came counts, damaged or not, as its outlet counts it. What is here is what credit was not given back for.
bool Inbox::is_within_credit(std::string_view frame) noexcept {
  const uint64_t bytes = frame.size() - messages_header_size;
  return items_.size() + reader_.count() <= window_messages && bytes_ + bytes <= window_bytes;
}

void Inbox::take_messages_of_credit(nng::Message frame) {
  ++frames_came_;
  const bool is_sound = reader_.open(frame.bytes());
  const bool is_within = frames_came_ <= told_.credit.frames && (!is_sound || is_within_credit(frame.bytes()));
  if (is_sound && is_within) { return take_messages(std::move(frame)); }
  ++counters_.damaged_frames;
  if (!is_within) { spoil(); }
}

void Inbox::take_messages(nng::Message frame) {
  // Within a frame the reader has checked that numbers rise.
  if (entry_seq(frame.bytes().substr(messages_header_size)) < expected_seq_) {
    ++counters_.damaged_frames;
    return;
  }
  const uint32_t number = frame_base_ + static_cast<uint32_t>(frames_.size());
  for (std::string_view entry = reader_.next(); !entry.empty(); entry = reader_.next()) {
    const uint64_t seq = entry_seq(entry);
    if (seq > expected_seq_) { counters_.missing += seq - expected_seq_; }
    expected_seq_ = seq + 1;
    items_.push_back({.seq = seq, .entry = entry, .frame = number});
    bytes_ += entry.size();
    ++counters_.arrived;
    ++unsettled_;
  }
  frames_.push_back(std::move(frame));
  ++told_.credit.frames;
  changed_ = true;
}

bool Inbox::is_followed(uint64_t number) const noexcept {
  return (entry_flags(items_[number - base_].entry) & unfollowed_flag) == 0;
}

uint64_t Inbox::next() const noexcept { return cursor_ < base_ + items_.size() ? cursor_ : nothing; }

const culvert_message* Inbox::message(uint64_t number) {
  if (!decoded_.decode(item(number).entry)) {
    ++counters_.damaged_entries;
    return nullptr;
  }
  decoded_.set_run_id(run_id_);
  return &decoded_.raw();
}

void Inbox::advance() noexcept {
  // What has ended in order is forgotten already.
  cursor_ = std::max(cursor_, base_);
  while (cursor_ < base_ + items_.size() && (item(cursor_).offered || item(cursor_).settled)) { ++cursor_; }
}

void Inbox::hold(uint64_t number, bool pending, bool children, int64_t now_ns, uint32_t instance) {
  Item& held = item(number);
  held.offered = true;
  held.pending = pending;
  held.children = children;
  held.worst = CULVERT_OK;
  held.held_ns = now_ns;
  held.instance = instance;
  end(held, number);
  advance();
}

void Inbox::reject(uint64_t number, const std::string& reason) {
  Item& rejected = item(number);
  rejected.offered = true;
  rejected.worst = CULVERT_REJECTED;
  rejected.reason = reason;
  end(rejected, number);
  advance();
}

bool Inbox::complete(uint64_t number, culvert_status status, const std::string& reason) {
  Item* held = find(number);
  if (held == nullptr || !held->pending) { return false; }
  held->pending = false;
  if (status == CULVERT_AGAIN) {
    held->again = true;
  } else {
    held->worst = worse(held->worst, status);
    if (status == CULVERT_REJECTED) { held->reason = reason; }
  }
  end(*held, number);
  return true;
}

bool Inbox::end_children(uint64_t number, culvert_status status, uint32_t instance) {
  Item* held = find(number);
  if (held == nullptr || !held->children || held->instance != instance) { return false; }
  held->children = false;
  held->worst = worse(held->worst, status);
  if (status == CULVERT_REJECTED && held->reason.empty()) { held->reason = "what it was turned into was rejected"; }
  end(*held, number);
  return true;
}

void Inbox::end(Item& ended, uint64_t number) {
  if (ended.pending || ended.children) { return; }
  if (ended.again) {
    ended.again = ended.offered = false;
    cursor_ = std::min(cursor_, number);
    return;
  }
  settle(ended);
  forget_settled();
}

int64_t Inbox::pending_since_ns() const noexcept {
  for (const Item& held : items_) {
    if (held.pending) { return held.held_ns; }
    if (!held.offered) { break; }
  }
  return INT64_MAX;
}

void Inbox::rewind() {
  for (Item& held : items_) {
    const bool is_finished = held.settled || (held.children && !held.pending && !held.again);
    if (!is_finished) {
      held.offered = held.pending = held.children = held.again = false;
      held.reason.clear();
    }
  }
  cursor_ = base_;
  advance();
}

void Inbox::settle(Item& settled) {
  settled.settled = true;
  --unsettled_;
  if (settled.worst != CULVERT_REJECTED) { settled.reason.clear(); }
  tell(settled.seq, settled.worst, std::move(settled.reason));
}

void Inbox::tell(uint64_t seq, culvert_status status, std::string reason) {
  auto& ranges = told_.ranges;
  if (!ranges.empty() && ranges.back().last + 1 == seq && ranges.back().status == status &&
      ranges.back().reason == reason) {
    ranges.back().last = seq;
  } else {
    ranges.push_back({seq, seq, status, std::move(reason)});
  }
  changed_ = true;
}

void Inbox::hand_over(uint64_t number) noexcept {
  Item& handed = item(number);
  handed.offered = handed.settled = true;
  --unsettled_;
  changed_ = true;
  forget_settled();
  advance();
}

void Inbox::forget_settled() {
  // Credit is for what need not be kept any more: one message that takes for ever holds up its route, not all memory.
  while (!items_.empty() && items_.front().settled) {
    ++told_.credit.messages;
    told_.credit.bytes += items_.front().entry.size();
    bytes_ -= items_.front().entry.size();
    items_.pop_front();
    ++base_;
  }
  const uint32_t first = items_.empty() ? frame_base_ + static_cast<uint32_t>(frames_.size()) : items_.front().frame;
  for (; frame_base_ != first; ++frame_base_) { frames_.pop_front(); }
}

bool Inbox::answer() {
  if (!changed_ || !welcomed_) { return true; }
  // Of more than a frame takes the oldest go first.
  auto& ranges = told_.ranges;
  while (ranges.size() > max_settled_ranges) {
    const auto end = ranges.begin() + max_settled_ranges;
    if (!send_settled({told_.credit, {ranges.begin(), end}})) { return false; }
    ranges.erase(ranges.begin(), end);
  }
  if (!send_settled(told_)) { return false; }
  ranges.clear();
  changed_ = false;
  return true;
}

bool Inbox::send_settled(const Settled& settled) {
  std::string frame;
  write_settled(epoch_, settled, frame);
  return send(frame);
}

bool Inbox::send(const std::string& frame) {
  nng::Message message{frame, {}};
  return path_ && path_->try_send(message);
}

}  // namespace culvert
