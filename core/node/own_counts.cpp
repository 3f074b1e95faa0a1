// SPDX-License-Identifier: MIT
#include "core/node/own_counts.hpp"

#include <algorithm>
#include <exception>
#include <string_view>

namespace culvert {
bool is_counter_name(std::string_view text) noexcept {
  constexpr std::size_t longest = 64;
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789_";
  return !text.empty() && text.size() <= longest && text.find_first_not_of(allowed) == std::string_view::npos;
}

OwnCounts::OwnCounts(const culvert_descriptor& plugin) {
  if (plugin.get_extension == nullptr) { return; }
  table_ = static_cast<const culvert_counters_v1*>(plugin.get_extension(CULVERT_EXT_COUNTERS));
  if (table_ != nullptr && table_->read == nullptr) { table_ = nullptr; }
}

void OwnCounts::read(void* instance, int64_t now_ns) {
  due_ns_ = now_ns + interval_ns;
  fresh_.clear();
  table_->read(instance, this, add);
  const std::lock_guard lock{mutex_};
  kept_.swap(fresh_);
}

void OwnCounts::add(void* self, culvert_text name, uint64_t value) noexcept {
  auto& counts = static_cast<OwnCounts*>(self)->fresh_;
  const std::string_view text{name.data, name.size};
  if (counts.size() == CULVERT_MAX_COUNTERS || !is_counter_name(text)) { return; }
  try {
    counts.push_back({std::string{text}, value});
  } catch (const std::exception&) {
    // Without memory it is not shown this time.
  }
}

std::vector<NamedCount> OwnCounts::get() const {
  const std::lock_guard lock{mutex_};
  return kept_;
}

}  // namespace culvert
