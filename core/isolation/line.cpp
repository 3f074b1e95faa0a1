// SPDX-License-Identifier: MIT
#include "core/isolation/line.hpp"

#include <algorithm>
#include <utility>

namespace culvert::isolation {

Line::Line(Descriptor socket, std::function<void()> ring, SocketPair::Descriptors descriptors)
    : ring_{std::move(ring)},
      pair_{std::move(socket),
            [this](nng::Message message, Descriptor got) { on_message(std::move(message), std::move(got)); }, ring_,
            descriptors} {}

bool Line::send(const Json& message, Descriptor& socket) {
  const std::vector<uint8_t> bytes = Json::to_cbor(message);
  nng::Message sent{{reinterpret_cast<const char*>(bytes.data()), bytes.size()}, {}};
  return pair_.try_send(sent, socket);
}

void Line::on_message(nng::Message message, Descriptor socket) {
  {
    const std::lock_guard lock{mutex_};
    arrived_.push_back({std::move(message), std::move(socket)});
    if (arrived_.size() >= max_waiting) { pair_.hold_back(); }
  }
  ring_();
}

std::optional<Word> Line::take() {
  if (waiting_.empty()) {
    {
      const std::lock_guard lock{mutex_};
      waiting_.swap(arrived_);
    }
    if (waiting_.size() >= max_waiting) { pair_.go_on(); }
    std::reverse(waiting_.begin(), waiting_.end());
  }
  if (is_broken_ || waiting_.empty()) { return std::nullopt; }
  Arrival next = std::move(waiting_.back());
  waiting_.pop_back();
  Word word{Json::from_cbor(next.message.bytes(), true, false), std::move(next.socket)};
  if (!word.said.is_object()) {
    is_broken_ = true;
    word.said = Json{};
  }
  return word;
}

}  // namespace culvert::isolation
