// SPDX-License-Identifier: MIT
/// Gathers the messages of one route into batches: one JSON array for several messages of one topic. The caller locks.
#pragma once

#include "core/channel/parcels.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace culvert {

/// What closes a batch, whichever comes first.
struct BatchLimits {
  std::size_t max_messages = 100;
  std::size_t max_bytes = 128 << 10;  ///< of the array; a single message may be larger
  int64_t within_ns = 1'000'000'000;  ///< from its first message on
  bool operator==(const BatchLimits&) const = default;
};

/// Messages that travel, and end, as one.
struct Batch {
  std::string entry;                 ///< whole at any time, with the time of the first message
  std::vector<Parcels::Id> parcels;  ///< of those that are followed
  uint32_t messages = 0;
  int64_t opened_ns = 0;  ///< monotonic
};

class Gathering {
 public:
  /// More topics than this at once, and the oldest batch closes.
  static constexpr std::size_t max_open = 64;

  explicit Gathering(const BatchLimits& limits) : limits_{limits} {}

  /// Takes in a message: an entry whose payload is a JSON array with one element. It joins the open batch of its topic,
  /// or opens one; a topic never has two, so that its messages keep their order. Messages share a batch when they
  /// differ in nothing but time and body. `parcel` may be Parcels::none. Answers how many bytes the open batches have
  /// grown by; what it closes is put behind `ret_closed`, here and below: oldest first.
  std::size_t add(std::string_view entry, Parcels::Id parcel, int64_t now_ns, std::vector<Batch>& ret_closed);
  /// Closes the batch of that topic: what follows is no part of it.
  void close_topic(std::string_view topic, std::vector<Batch>& ret_closed);
  void close_due(int64_t now_ns, std::vector<Batch>& ret_closed);
  void close_all(std::vector<Batch>& ret_closed) { close_due(INT64_MAX, ret_closed); }
  /// When the oldest batch is due, on the monotonic clock; INT64_MAX when none is open.
  int64_t due_ns() const noexcept { return open_.empty() ? INT64_MAX : open_.front().opened_ns + limits_.within_ns; }
  /// From now on a batch is due as soon as it is opened.
  void hurry() noexcept { limits_.within_ns = 0; }

 private:
  using Place = std::vector<Batch>::iterator;
  Place find(std::string_view topic) noexcept;
  bool may_join(const Batch& batch, std::string_view entry) const noexcept;
  void close(Place place, std::vector<Batch>& ret_closed);

  BatchLimits limits_;
  std::vector<Batch> open_;  ///< oldest first, each of another topic
};

}  // namespace culvert
