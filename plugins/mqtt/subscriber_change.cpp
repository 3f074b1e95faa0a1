// SPDX-License-Identifier: MIT
// Other subscriptions over the connection that there is.
#include "subscriber.hpp"

#include <algorithm>
#include <utility>

namespace culvert::mqtt {

void Subscriber::change(std::vector<Subscription> wanted, int64_t now_ns) {
  next_ = std::move(wanted);
  // What was asked for is answered first: answers name their places among what is wanted.
  if (waiting_ == 0 || paho_ == nullptr) { begin_next(now_ns); }
}

void Subscriber::begin_next(int64_t now_ns) {
  if (!next_) { return; }
  std::vector<Entry> entries;
  std::vector<uint32_t> asked;
  const std::vector<Subscription> next = *std::exchange(next_, std::nullopt);
  for (const Subscription& wanted : next) {
    const auto same = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
      return entry.wanted.filter == wanted.filter && entry.wanted.how() == wanted.how();
    });
    if (same == entries_.end()) { asked.push_back(static_cast<uint32_t>(entries.size())); }
    entries.push_back(same == entries_.end() ? Entry{.wanted = wanted} : *same);
  }
  entries_ = std::move(entries);
  // The next connection asks for all.
  if (paho_ == nullptr) { return; }
  answer_by_ns_ = now_ns + answer_wait_ns;
  say_options();
  give_up_stale("which is not wanted any more");
  std::erase_if(asked, [&](uint32_t index) {
    Entry& entry = entries_[index];
    entry.lacking = lacking(*connack_, entry.wanted);
    if (entry.lacking.empty()) { granted_.ask(entry.wanted.filter); }
    return !entry.lacking.empty();
  });
  remember();
  for (const uint32_t index : asked) { ask(index); }
  if (waiting_ == 0) { report(now_ns); }
}

}  // namespace culvert::mqtt
