// SPDX-License-Identifier: MIT
// How an outlet gives up all that is not on its way, because somebody said so.
#include "core/channel/outlet.hpp"

#include <cstdint>

namespace culvert {

OutletDropped Outlet::drop(int64_t now_ns) {
  if (gathering_) {
    gathering_->close_all(closed_);
    keep_closed(now_ns);
  }
  const std::size_t messages = unsettled(), size = bytes();
  for (auto slot = slot_from(first_unsent_seq()); slot != slots_.end(); ++slot) { end(*slot, CULVERT_DROPPED); }
  purge_unsent();
  forget_ended();
  tell_store();
  if (backlog_) { drop_waiting(); }
  const OutletDropped dropped{messages - unsettled(), size - bytes(), unsettled()};
  counters_.dropped_by_hand += dropped.messages;
  listener_.on_progress();
  return dropped;
}

void Outlet::drop_waiting() {
  counters_.dropped += backlog_->messages();
  budget_.give_back(backlog_->bytes_ahead());
  for (const Backlog::Unwritten& waited : backlog_->drop()) {
    budget_.give_back(waited.bytes);
    if (waited.parcel != Parcels::none) { listener_.on_ended(waited.parcel, CULVERT_DROPPED); }
  }
}

}  // namespace culvert
