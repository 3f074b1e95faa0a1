// SPDX-License-Identifier: MIT
#include "core/isolation/line.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace culvert::isolation {

namespace {

/// What a byte of CBOR begins (RFC 8949, 3): its major type, and the number that says how long or which.
struct Item {
  unsigned kind = 0;
  uint64_t number = 0;
};

/// Takes it off the front. False when it is cut off, of a length that is not told, or nothing that is defined.
bool take_item(std::string_view& left, Item& ret_item) noexcept {
  if (left.empty()) { return false; }
  const auto first = static_cast<unsigned char>(left.front());
  left.remove_prefix(1);
  ret_item = {static_cast<unsigned>(first) >> 5U, static_cast<uint64_t>(first) & 31U};
  if (ret_item.number < 24) { return true; }
  if (ret_item.number > 27) { return false; }
  const std::size_t bytes = std::size_t{1} << (ret_item.number - 24);
  if (left.size() < bytes) { return false; }
  ret_item.number = 0;
  for (const char byte : left.substr(0, bytes)) {
    ret_item.number = ret_item.number << 8U | static_cast<unsigned char>(byte);
  }
  left.remove_prefix(bytes);
  return true;
}

/// Whether it is one item that a parser may look into: those of others call themselves at each level.
bool is_bounded(std::string_view left) noexcept {
  constexpr unsigned bytes = 2, text = 3, list = 4, map = 5, tag = 6;
  std::array<uint64_t, Line::max_levels + 1> missing{1};
  std::size_t level = 0;
  while (true) {
    while (missing[level] == 0) {
      if (level == 0) { return left.empty(); }
      --level;
    }
    --missing[level];
    Item item;
    if (!take_item(left, item) || item.kind == tag) { return false; }
    if (item.kind < bytes || item.kind > map) { continue; }
    // Each thing in a list takes a byte at least.
    if (item.number > left.size()) { return false; }
    if (item.kind == bytes || item.kind == text) {
      left.remove_prefix(static_cast<std::size_t>(item.number));
    } else {
      if (++level == missing.size()) { return false; }
      missing[level] = item.kind == list ? item.number : 2 * item.number;
    }
  }
}

}  // namespace

Line::Line(Descriptor socket, std::function<void()> ring, SocketPair::Descriptors descriptors, std::size_t max_bytes)
    : ring_{std::move(ring)},
      pair_{std::move(socket),
            [this](nng::Message&& message, Descriptor&& got) { on_message(std::move(message), std::move(got)); }, ring_,
            descriptors, max_bytes} {}

bool Line::send(const Json& message, Descriptor& socket) {
  const std::vector<uint8_t> bytes = Json::to_cbor(message);
  nng::Message sent{{reinterpret_cast<const char*>(bytes.data()), bytes.size()}, {}};
  return pair_.try_send(sent, socket);
}

// Without memory both stay with the path, which hands them over again.
void Line::on_message(nng::Message&& message, Descriptor&& socket) {
  {
    const std::lock_guard lock{mutex_};
    Arrival& arrival = arrived_.emplace_back();
    arrived_bytes_ += message.size();
    arrival.message = std::move(message);
    arrival.socket = std::move(socket);
    if (arrived_.size() >= max_waiting || arrived_bytes_ >= max_waiting_bytes) {
      is_full_ = true;
      pair_.hold_back();
    }
  }
  ring_();
}

void Line::take_arrived() {
  bool was_full = false;
  {
    const std::lock_guard lock{mutex_};
    waiting_.swap(arrived_);
    arrived_bytes_ = 0;
    was_full = std::exchange(is_full_, false);
  }
  // Not before what was held back for has been taken: it waits here meanwhile.
  if (is_holding_ && !was_full) { pair_.go_on(); }
  is_holding_ = was_full;
  std::reverse(waiting_.begin(), waiting_.end());
}

std::optional<Word> Line::take() {
  if (waiting_.empty()) { take_arrived(); }
  if (is_broken_ || waiting_.empty()) { return std::nullopt; }
  Arrival next = std::move(waiting_.back());
  waiting_.pop_back();
  Word word{{}, std::move(next.socket)};
  if (is_bounded(next.message.bytes())) { word.said = Json::from_cbor(next.message.bytes(), true, false); }
  if (!word.said.is_object()) {
    is_broken_ = true;
    word.said = Json{};
  }
  return word;
}

}  // namespace culvert::isolation
