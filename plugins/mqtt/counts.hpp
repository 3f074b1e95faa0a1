// SPDX-License-Identifier: MIT
/// What the connector has counted since it was made: the numbers of `culvert status`, as the README explains them. Used
/// on the node thread.
#pragma once

#include "flow.hpp"

#include <culvert/counters.hpp>

#include <cstdint>

namespace culvert::mqtt {

struct Counts {
  uint64_t connected = 0, connect_failed = 0, connection_lost = 0;
  // Outwards.
  uint64_t published = 0, acknowledged = 0, refused = 0, given_back = 0, set_aside = 0;
  // Inwards; the flow counts the rest.
  uint64_t received = 0, loops = 0, oversize = 0, no_room = 0, unfit = 0, left_to_session = 0;

  void tell(Counters to, const Flow& flow) const {
    to.add("connected", connected);
    to.add("connect_failed", connect_failed);
    to.add("connection_lost", connection_lost);
    to.add("published", published);
    to.add("acknowledged", acknowledged);
    to.add("refused", refused);
    to.add("given_back", given_back);
    to.add("set_aside", set_aside);
    to.add("received", received);
    to.add("duplicates", flow.duplicates());
    to.add("loops", loops);
    to.add("qos0_dropped", flow.dropped());
    to.add("oversize", oversize);
    to.add("no_room", no_room);
    to.add("unfit", unfit);
    to.add("left_to_session", left_to_session);
  }
};

}  // namespace culvert::mqtt
