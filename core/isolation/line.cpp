// SPDX-License-Identifier: MIT
#include "core/isolation/line.hpp"

#include <algorithm>
#include <utility>

namespace culvert::isolation {

Line::Line(uint64_t peer, std::function<void()> ring)
    : ring_{std::move(ring)}, pair_{[this](nng::Message message) { on_message(std::move(message)); }, peer} {}

bool Line::send(const Json& message) {
  const std::vector<uint8_t> bytes = Json::to_cbor(message);
  nng::Message sent{{reinterpret_cast<const char*>(bytes.data()), bytes.size()}, {}};
  return pair_.try_send(sent);
}

void Line::on_message(nng::Message message) {
  {
    const std::lock_guard lock{mutex_};
    is_flooded_ = is_flooded_ || arrived_.size() >= max_waiting;
    if (is_flooded_) { return; }
    arrived_.push_back(std::move(message));
  }
  ring_();
}

std::optional<Json> Line::take() {
  if (waiting_.empty()) {
    const std::lock_guard lock{mutex_};
    if (is_flooded_ && arrived_.empty()) { is_broken_ = true; }
    waiting_.swap(arrived_);
    std::reverse(waiting_.begin(), waiting_.end());
  }
  if (is_broken_ || waiting_.empty()) { return is_broken_ ? std::optional<Json>{Json{}} : std::nullopt; }
  const nng::Message message = std::move(waiting_.back());
  waiting_.pop_back();
  Json read = Json::from_cbor(message.bytes(), true, false);
  if (!read.is_object()) {
    is_broken_ = true;
    return Json{};
  }
  return read;
}

}  // namespace culvert::isolation
