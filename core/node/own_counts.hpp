// SPDX-License-Identifier: MIT
/// What a plugin counts by itself, asked once a second on the node's thread and kept for who wants to see it.
/// `get` may be called from any thread, the constructor from the main one, the rest from the node's.
#pragma once

#include "core/node/status.hpp"
#include "core/util/clock.hpp"

#include <culvert/plugin.h>

#include <cstdint>
#include <mutex>
#include <string_view>
#include <vector>

namespace culvert {

/// As extensions.h wants them: 1 to 64 lower-case letters, digits and '_'.
bool is_counter_name(std::string_view text) noexcept;

class OwnCounts {
 public:
  static constexpr int64_t interval_ns = one_second_ns;

  explicit OwnCounts(const culvert_descriptor& plugin);

  /// When to read next, on the monotonic clock: INT64_MAX for a plugin that counts nothing.
  int64_t due_ns() const noexcept { return table_ == nullptr ? INT64_MAX : due_ns_; }
  void read(void* instance, int64_t now_ns);
  std::vector<NamedCount> get() const;

 private:
  static void add(void* self, culvert_text name, uint64_t value) noexcept;

  const culvert_counters_v1* table_ = nullptr;
  int64_t due_ns_ = 0;
  std::vector<NamedCount> fresh_;  ///< the node thread's own
  mutable std::mutex mutex_;       ///< guards what follows
  std::vector<NamedCount> kept_;
};

}  // namespace culvert
