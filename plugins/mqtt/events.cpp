// SPDX-License-Identifier: MIT
#include "events.hpp"

#include <chrono>
#include <utility>

namespace culvert::mqtt {

void Events::push(Event event) {
  bool first = false;
  {
    const std::lock_guard lock{mutex_};
    first = queue_.empty();
    queue_.push_back(std::move(event));
  }
  // One wake-up for a whole batch: the node thread takes all of it.
  if (first) {
    filled_.notify_one();
    host_.ready();
  }
}

void Events::on_connack(const Connack& connack) { push(event::Accepted{std::make_unique<Connack>(connack)}); }

void Events::take(std::vector<Event>& ret_events) {
  const std::lock_guard lock{mutex_};
  std::swap(queue_, ret_events);
}

bool Events::wait_until(int64_t until_ns) {
  std::unique_lock lock{mutex_};
  const std::chrono::steady_clock::time_point until{
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::nanoseconds{until_ns})};
  return filled_.wait_until(lock, until, [this] { return !queue_.empty(); });
}

}  // namespace culvert::mqtt
