// SPDX-License-Identifier: MIT
#include "loop_guard.hpp"

#include <algorithm>

namespace culvert::mqtt {

void LoopGuard::remember(std::string_view topic, std::string_view payload, int64_t now_ns) {
  if (!is_on_) { return; }
  const uint64_t digest = digest_of(topic, payload);
  const int64_t until = now_ns + remembered_ns;
  until_[digest] = until;
  oldest_first_.emplace_back(until, digest);
  forget(now_ns);
}

void LoopGuard::forget(int64_t now_ns) {
  while (!oldest_first_.empty() && (oldest_first_.front().first <= now_ns || oldest_first_.size() > max_remembered)) {
    const auto [until, digest] = oldest_first_.front();
    const auto found = until_.find(digest);
    // One that was passed on again since then has a later entry.
    if (found != until_.end() && found->second == until) { until_.erase(found); }
    oldest_first_.pop_front();
  }
}

bool LoopGuard::knows(const PublishView& publish, int64_t now_ns) const {
  if (!is_on_) { return false; }
  const auto& sent = publish.user_properties;
  const bool ours = std::any_of(sent.begin(), sent.end(), [this](const auto& each) {
    return each.first == sent_name && each.second == client_id_;
  });
  if (ours || until_.empty()) { return ours; }
  const auto found = until_.find(digest_of(publish.topic, publish.payload));
  return found != until_.end() && now_ns < found->second;
}

}  // namespace culvert::mqtt
