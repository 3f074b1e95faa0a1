// SPDX-License-Identifier: MIT
#include "core/channel/batch.hpp"

#include "core/message/frame.hpp"
#include "core/message/json_array.hpp"

#include <utility>

namespace culvert {

Gathering::Place Gathering::find(std::string_view topic) noexcept {
  return std::find_if(open_.begin(), open_.end(),
                      [&](const Batch& batch) { return entry_topic(batch.entry) == topic; });
}

bool Gathering::may_join(const Batch& batch, std::string_view entry) const noexcept {
  const std::size_t growth = joined_growth(entry);
  return entry_payload(batch.entry).size() + growth <= limits_.max_bytes &&
         batch.entry.size() + growth <= max_entry_bytes && differ_in_body_only(batch.entry, entry);
}

std::size_t Gathering::add(std::string_view entry, Parcels::Id parcel, int64_t now_ns, std::vector<Batch>& ret_closed) {
  Place place = find(entry_topic(entry));
  std::size_t growth = entry.size();
  if (place != open_.end() && may_join(*place, entry)) {
    growth = joined_growth(entry);
    join_arrays(place->entry, entry);
  } else {
    if (place != open_.end()) {
      close(place, ret_closed);
    } else if (open_.size() == max_open) {
      close(open_.begin(), ret_closed);
    }
    open_.push_back({std::string{entry}, {}, 0, now_ns});
    place = open_.end() - 1;
  }
  ++place->messages;
  if (parcel != Parcels::none) { place->parcels.push_back(parcel); }
  const bool is_full =
      place->messages >= limits_.max_messages || entry_payload(place->entry).size() >= limits_.max_bytes;
  if (is_full) { close(place, ret_closed); }
  return growth;
}

void Gathering::close_topic(std::string_view topic, std::vector<Batch>& ret_closed) {
  const Place place = find(topic);
  if (place != open_.end()) { close(place, ret_closed); }
}

void Gathering::close_due(int64_t now_ns, std::vector<Batch>& ret_closed) {
  while (!open_.empty() && due_ns() <= now_ns) { close(open_.begin(), ret_closed); }
}

void Gathering::close(Place place, std::vector<Batch>& ret_closed) {
  ret_closed.push_back(std::move(*place));
  open_.erase(place);
}

}  // namespace culvert
